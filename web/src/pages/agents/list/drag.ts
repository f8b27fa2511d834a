import type { DragEvent, HTMLAttributes } from "react";
import type { Chat } from "@/api/generated/types";
import { movePin, pinnedChats, placeOf } from "./pinned";

/** Names what is dragged; nothing else in the page may take it. */
const KIND = "application/x-muster-pin";

/** Lets a pinned chat be dragged onto another one, whose place it takes. */
export function dragOf(chat: Chat): HTMLAttributes<HTMLElement> {
  if (chat.pin_order === 0) return {};
  const fits = (event: DragEvent) => event.dataTransfer.types.includes(KIND);
  const mark = (event: DragEvent<HTMLElement>, on: boolean) =>
    event.currentTarget.classList.toggle("drop", on);
  return {
    draggable: true,
    onDragStart: (event) => {
      event.dataTransfer.setData(KIND, chat.id);
      event.dataTransfer.effectAllowed = "move";
    },
    onDragOver: (event) => {
      if (!fits(event)) return;
      event.preventDefault();
      mark(event, true);
    },
    onDragLeave: (event) => mark(event, false),
    onDrop: (event) => {
      mark(event, false);
      if (!fits(event)) return;
      event.preventDefault();
      const moved = event.dataTransfer.getData(KIND);
      const place = placeOf(pinnedChats(), moved, chat.id);
      if (place !== null) void movePin(moved, place);
    },
  };
}
