// What the field does with keys, pastes and what others put into it.
import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import {
  $getRoot,
  CLEAR_HISTORY_COMMAND,
  COMMAND_PRIORITY_HIGH,
  KEY_DOWN_COMMAND,
  mergeRegister,
  PASTE_COMMAND,
  SKIP_DOM_SELECTION_TAG,
  SKIP_SCROLL_INTO_VIEW_TAG,
} from "lexical";
import { type RefObject, useEffect } from "react";
import { sendKey } from "@/lib/send-key";
import { isBlank } from "../content";
import { pasted } from "../paste";
import type { ComposerStore } from "../store";
import { $insertReference, $insertText, $read, $write } from "./body";
import { type Meaning, meaning } from "./keys";

/** Keeps the store and the field the same, whichever of the two changes. */
export function useStore(store: ComposerStore): void {
  const [editor] = useLexicalComposerContext();
  useEffect(() => {
    let shown = store.read().body;
    const show = () => {
      const { body } = store.read();
      if (body === shown) return;
      shown = body;
      editor.update(
        () => {
          $write(body);
          // Whoever comes to the field later goes on behind what was put there.
          $getRoot().selectEnd();
        },
        { discrete: true, tag: [SKIP_DOM_SELECTION_TAG, SKIP_SCROLL_INTO_VIEW_TAG] },
      );
      editor.dispatchCommand(CLEAR_HISTORY_COMMAND, undefined);
    };
    editor.update(() => $write(shown), {
      discrete: true,
      tag: [SKIP_DOM_SELECTION_TAG, SKIP_SCROLL_INTO_VIEW_TAG],
    });
    editor.dispatchCommand(CLEAR_HISTORY_COMMAND, undefined);
    const stopListening = editor.registerUpdateListener(({ editorState, dirtyLeaves, tags }) => {
      if (tags.has(SKIP_DOM_SELECTION_TAG) || dirtyLeaves.size === 0) return;
      shown = editorState.read($read);
      store.setBody(shown);
    });
    const stopShowing = store.subscribe(show);
    return () => {
      stopListening();
      stopShowing();
    };
  }, [editor, store]);
}

/** Lets others reach the field: references and words go where the caret is. */
export function useField(store: ComposerStore): void {
  const [editor] = useLexicalComposerContext();
  useEffect(() => {
    store.setField({
      insertReference: (reference) => editor.update(() => $insertReference(reference)),
      insertText: (text) => editor.update(() => $insertText(text)),
      focus: () => editor.focus(),
    });
    return () => store.setField(null);
  }, [editor, store]);
}

type Handlers = RefObject<(meant: NonNullable<Meaning>) => boolean>;

export function useFieldKeys(store: ComposerStore, handlers: Handlers): void {
  const [editor] = useLexicalComposerContext();
  useEffect(() => {
    return editor.registerCommand(
      KEY_DOWN_COMMAND,
      (event) => {
        const meant = meaning(
          {
            key: event.key,
            shift: event.shiftKey,
            alt: event.altKey,
            mod: event.ctrlKey || event.metaKey,
            composing: event.isComposing || event.keyCode === 229 || editor.isComposing(),
            touch: matchMedia("(pointer: coarse)").matches,
            empty: isBlank(store.read().body) && store.read().attachments.length === 0,
          },
          sendKey(),
        );
        if (meant === null || !handlers.current(meant)) return false;
        event.preventDefault();
        return true;
      },
      COMMAND_PRIORITY_HIGH,
    );
  }, [editor, store, handlers]);
}

/** Rich text becomes plain, long text and pictures become attachments. */
export function usePaste(store: ComposerStore): void {
  const [editor] = useLexicalComposerContext();
  useEffect(() => {
    return mergeRegister(
      editor.registerCommand(
        PASTE_COMMAND,
        (event) => {
          const data = event instanceof ClipboardEvent ? event.clipboardData : null;
          if (!data) return false;
          event.preventDefault();
          const found = pasted({
            text: data.getData("text/plain"),
            html: data.getData("text/html"),
            files: [...data.files],
          });
          if (found.kind === "files") store.addFiles(found.files);
          else if (found.kind === "long") store.addPasted(found.text);
          else if (found.kind === "text") editor.update(() => $insertText(found.text));
          return true;
        },
        COMMAND_PRIORITY_HIGH,
      ),
    );
  }, [editor, store]);
}
