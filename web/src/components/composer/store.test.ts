// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import type { QueuedMessage } from "@/api/generated/types";
import { hasArrived, type Pending } from "@/pages/agents/chat/sending";
import { bodyOf, wordsOfBody } from "./content";
import { addFileReference, setEditing } from "./references";
import { ComposerStore, composerOf } from "./store";

afterEach(() => localStorage.clear());

const REFERENCE = { file_name: "a/b.rs", start_line: 3, end_line: 4, content: "x" };
const FILE = { fileId: "f1", name: "a.png", mediaType: "image/png", size: 1 };

test("others add lines of a file before the field is there", () => {
  composerOf("c1").setBody(bodyOf("See"));
  addFileReference("c1", REFERENCE, " and why?");
  expect(wordsOfBody(composerOf("c1").read().body)).toContain("See b.rs:3-4");
});

test("while an earlier message is edited, that is where lines go", () => {
  const edited = new ComposerStore(null);
  setEditing("c2", edited);
  addFileReference("c2", REFERENCE);
  setEditing("c2", null);
  expect(wordsOfBody(edited.read().body)).toBe("b.rs:3-4");
  expect(composerOf("c2").read().body).toEqual([]);
});

test("what is taken leaves nothing behind, and what comes back keeps what is there", () => {
  const store = new ComposerStore("c3");
  store.putBack({ body: bodyOf("first"), files: [FILE] });
  const taken = store.take();
  expect(taken).toEqual({ body: bodyOf("first"), files: [FILE] });
  expect(store.isEmpty).toBe(true);
  expect(localStorage.getItem("muster.draft.c3")).toBeNull();
  store.setBody(bodyOf("second"));
  store.putBack(taken);
  expect(wordsOfBody(store.read().body)).toBe("first\n\nsecond");
  expect(store.content().files).toEqual([FILE]);
});

test("a store without a name leaves no trace", () => {
  const store = new ComposerStore(null);
  store.setBody(bodyOf("of a link"));
  store.save();
  expect(localStorage.length).toBe(0);
});

test("a file that is not taken is never sent", () => {
  const sent = vi.fn();
  vi.stubGlobal("XMLHttpRequest", sent);
  const store = new ComposerStore(null);
  store.addFiles([new File(["x"], "a.exe"), new File([], "empty.txt")]);
  expect(store.read().attachments.map((one) => one.state)).toEqual(["failed", "failed"]);
  expect(sent).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test("a message that the stream told of first is shown once", () => {
  const pending: Pending = {
    id: 1,
    content: { body: bodyOf(" hello "), files: [FILE] },
    failed: null,
    after: 7,
  };
  const content = [
    { type: "file" as const, media_type: "image/png", file_id: "f1" },
    { type: "text" as const, text: "hello" },
  ];
  const base = { chat_id: "c", created_at: "", content };
  const message = (id: number) => ({ ...base, id, role: "user" as const });
  expect(hasArrived(pending, [message(8)], [])).toBe(true);
  // The same words were said before.
  expect(hasArrived(pending, [message(7)], [])).toBe(false);
  expect(hasArrived(pending, [], [{ ...base, id: 1 } as QueuedMessage])).toBe(true);
  expect(hasArrived({ ...pending, failed: "No." }, [message(8)], [])).toBe(false);
});
