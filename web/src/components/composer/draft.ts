import { useCallback, useEffect, useRef, useState } from "react";
import { recall, remember } from "@/lib/storage";

const SAVE_AFTER_MS = 300;

/** Text that survives a reload, under the name of what it is for. */
export function useDraft(name: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => recall(`draft.${name}`) ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(text);
  const save = useCallback(() => remember(`draft.${name}`, latest.current || null), [name]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      save();
    },
    [save],
  );
  const change = useCallback(
    (next: string) => {
      latest.current = next;
      setText(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(save, SAVE_AFTER_MS);
    },
    [save],
  );
  return [text, change];
}
