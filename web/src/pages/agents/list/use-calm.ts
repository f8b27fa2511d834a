import { type PointerEvent, useMemo, useState } from "react";
import { heldAt, inOrder, type Times, timesOf } from "@/api/chat-order";
import type { Chat } from "@/api/generated/types";

const byMouse = (event: PointerEvent) => event.pointerType === "mouse";

/** The list in its order, which holds still while the pointer is over it. What others share stays
 * as it came: the pins in it are theirs. */
export function useCalm(listed: readonly Chat[], shared: boolean) {
  const [held, setHeld] = useState<Times | null>(null);
  const chats = useMemo(() => {
    if (shared) return listed;
    return inOrder(held ? heldAt(held, listed) : listed);
  }, [held, listed, shared]);
  const pointer = {
    onPointerEnter: (event: PointerEvent) => byMouse(event) && setHeld(timesOf(listed)),
    onPointerLeave: () => setHeld(null),
  };
  return { chats, pointer };
}
