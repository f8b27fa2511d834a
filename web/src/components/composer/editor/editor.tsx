import { HistoryExtension } from "@lexical/history";
import { PlainTextExtension } from "@lexical/plain-text";
import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import { ContentEditable } from "@lexical/react/LexicalContentEditable";
import { LexicalExtensionComposer } from "@lexical/react/LexicalExtensionComposer";
import { defineExtension } from "lexical";
import { useEffect, useRef } from "react";
import type { ComposerStore } from "../store";
import type { Meaning } from "./keys";
import { useField, useFieldKeys, usePaste, useStore } from "./plugins";
import { ReferenceNode } from "./reference-node";

const extension = defineExtension({
  name: "composer",
  namespace: "composer",
  dependencies: [PlainTextExtension, HistoryExtension],
  nodes: [ReferenceNode],
});

export interface EditorProps {
  store: ComposerStore;
  placeholder: string;
  autoFocus: boolean;
  /** What is being sent must not change meanwhile. */
  locked: boolean;
  /** False lets the key do what it does elsewhere. */
  onMeaning: (meant: NonNullable<Meaning>) => boolean;
}

/** A field of plain text with chips in it. */
export function Editor(props: EditorProps) {
  return (
    <LexicalExtensionComposer extension={extension} contentEditable={null}>
      <Field {...props} />
    </LexicalExtensionComposer>
  );
}

function Field({ store, placeholder, autoFocus, locked, onMeaning }: EditorProps) {
  const [editor] = useLexicalComposerContext();
  const handlers = useRef(onMeaning);
  handlers.current = onMeaning;
  useEffect(() => editor.setEditable(!locked), [editor, locked]);
  useStore(store);
  useField(store);
  useFieldKeys(store, handlers);
  usePaste(store);
  useEffect(() => {
    if (autoFocus) store.focus();
  }, [autoFocus, store]);
  return (
    <div className="editor-slot">
      <ContentEditable
        id="composer"
        className="editor"
        aria-label="Message"
        aria-multiline
        aria-placeholder={placeholder}
        placeholder={<div className="editor-ph">{placeholder}</div>}
        spellCheck
        tabIndex={0}
      />
    </div>
  );
}
