import { type KeyboardEvent, type RefObject, useEffect } from "react";
import { sendKey } from "@/lib/send-key";
import { bodyOf, wordsOfBody } from "./content";
import type { EditorProps } from "./editor/editor";
import { meaning } from "./editor/keys";
import { pasted } from "./paste";
import { useComposer } from "./store";

interface Props extends EditorProps {
  area: RefObject<HTMLTextAreaElement | null>;
  onBlur: () => void;
}

/** Words without chips, until the editor is there. Keys and pastes mean the same in both. */
export function PlainField({ store, placeholder, autoFocus, locked, onMeaning, ...rest }: Props) {
  const { area, onBlur } = rest;
  const { body, attachments } = useComposer(store);
  useEffect(() => {
    store.setField({ focus: () => area.current?.focus() });
    return () => store.setField(null);
  }, [area, store]);
  useEffect(() => {
    if (autoFocus) area.current?.focus();
  }, [autoFocus, area]);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const meant = meaning(
      {
        key: event.key,
        shift: event.shiftKey,
        alt: event.altKey,
        mod: event.ctrlKey || event.metaKey,
        composing: event.nativeEvent.isComposing || event.keyCode === 229,
        touch: matchMedia("(pointer: coarse)").matches,
        empty: event.currentTarget.value === "" && attachments.length === 0,
      },
      sendKey(),
    );
    if (meant !== null && onMeaning(meant)) event.preventDefault();
  };
  return (
    <textarea
      ref={area}
      id="composer"
      className="editor plain"
      rows={1}
      aria-label="Message"
      placeholder={placeholder}
      value={wordsOfBody(body)}
      readOnly={locked}
      dir="auto"
      onChange={(event) => store.setBody(bodyOf(event.target.value))}
      onBlur={onBlur}
      onKeyDown={onKeyDown}
      onPaste={(event) => {
        const data = event.clipboardData;
        const found = pasted({
          text: data.getData("text/plain"),
          html: data.getData("text/html"),
          files: [...data.files],
        });
        // A textarea makes text plain by itself.
        if (found.kind === "text" || found.kind === "nothing") return;
        event.preventDefault();
        if (found.kind === "files") store.addFiles(found.files);
        else store.addPasted(found.text);
      }}
    />
  );
}
