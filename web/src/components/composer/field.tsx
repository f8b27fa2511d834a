import {
  type ComponentType,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { EditorProps } from "./editor/editor";
import { PlainField } from "./plain-field";
import { useComposer } from "./store";

// The editor is as large as half of the first load. It comes right after that; until then a
// plain field takes what is typed, so that nobody waits for it and nothing is lost.
let editor: ComponentType<EditorProps> | null = null;
let isLoading = false;
const listeners = new Set<() => void>();

async function load(): Promise<void> {
  if (isLoading || editor) return;
  isLoading = true;
  try {
    editor = (await import("./editor/editor")).Editor;
  } catch {
    // A lost chunk is asked for again by the next field; this one stays plain.
  }
  isLoading = false;
  for (const listener of listeners) listener();
}

function useEditor(): ComponentType<EditorProps> | null {
  useEffect(() => void load(), []);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => editor,
  );
}

/** Where the message is written. */
export function Field(props: EditorProps) {
  const Editor = useEditor();
  const { body } = useComposer(props.store);
  const [isPlain, setPlain] = useState(Editor === null);
  const [, setBlurs] = useState(0);
  const area = useRef<HTMLTextAreaElement>(null);
  /** Of the plain field, when the editor took its place. */
  const hadFocus = useRef<boolean | null>(null);
  // In the same task as what it looks at: the focus can't come to a field that is about to go.
  useLayoutEffect(() => {
    if (!isPlain || !Editor) return;
    const isFocused = document.activeElement === area.current;
    const isWords = body.every((piece) => piece.kind === "text");
    // Nothing is swapped under the hands of somebody who types: a key could meet neither field.
    if (isFocused && isWords) return;
    hadFocus.current = isFocused;
    setPlain(false);
  });
  if (isPlain || !Editor) {
    return <PlainField {...props} area={area} onBlur={() => setBlurs((count) => count + 1)} />;
  }
  return <Editor {...props} autoFocus={hadFocus.current ?? props.autoFocus} />;
}
