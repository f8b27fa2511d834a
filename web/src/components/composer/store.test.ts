// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import type { ChatMessage, QueuedMessage } from "@/api/generated/types";
import { dropOwned, setOwner } from "@/lib/owner";
import { hasArrived, type Pending, Sending } from "@/pages/agents/chat/sending";
import { loadUnsent, saveUnsent } from "@/pages/agents/chat/unsent";
import { bodyOf, wordsOfBody } from "./content";
import { loadDraft, saveDraft } from "./drafts";
import { addFileReference, editOf, isEditing, setEdit } from "./references";
import { ComposerStore, composerOf, keepDraftsOnLeave } from "./store";

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
  setEdit("c2", { message: {} as ChatMessage, store: edited });
  addFileReference("c2", REFERENCE);
  setEdit("c2", null);
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

/** What another tab of the same browser does. */
function elsewhere(name: string, text: string | null): void {
  if (text === null) localStorage.removeItem(`muster.draft.${name}`);
  else saveDraft(name, { body: bodyOf(text), files: [] }, Date.now());
}

const kept = (name: string) => wordsOfBody(loadDraft(name, Date.now()).body);

test("a tab that changed nothing leaves what another one has kept or sent", () => {
  keepDraftsOnLeave();
  const empty = composerOf("c4");
  elsewhere("c5", "sent by now");
  const old = composerOf("c5");
  expect(wordsOfBody(old.read().body)).toBe("sent by now");
  elsewhere("c4", "written elsewhere");
  elsewhere("c5", null);
  window.dispatchEvent(new Event("pagehide"));
  expect(kept("c4")).toBe("written elsewhere");
  expect(kept("c5")).toBe("");
  empty.setBody(bodyOf("mine"));
  window.dispatchEvent(new Event("pagehide"));
  expect(kept("c4")).toBe("mine");
});

test("what one person wrote is not shown to the next, and waits for them", () => {
  setOwner("ann");
  composerOf("new").setBody(bodyOf("a secret plan"));
  composerOf("new").save();
  saveUnsent("c6", [{ body: bodyOf("not sent"), files: [] }]);
  expect(setOwner("bob")).toBe(true);
  expect(composerOf("new").isEmpty).toBe(true);
  expect(loadUnsent("c6")).toEqual([]);
  setOwner("ann");
  expect(wordsOfBody(composerOf("new").read().body)).toBe("a secret plan");
  expect(loadUnsent("c6")).toHaveLength(1);
});

test("who signs out leaves nothing behind", () => {
  setOwner("bob");
  composerOf("new").setBody(bodyOf("Bob's"));
  composerOf("new").save();
  setOwner("ann");
  const store = composerOf("new");
  store.setBody(bodyOf("Ann's"));
  saveUnsent("c6", [{ body: bodyOf("not sent"), files: [] }]);
  const edited = new ComposerStore(null);
  setEdit("c6", { message: {} as ChatMessage, store: edited });
  dropOwned();
  store.setBody(bodyOf("a late word"));
  store.save();
  expect(Object.keys(localStorage)).toEqual(["muster.draft.bob.new"]);
  setOwner("ann");
  expect(composerOf("new").isEmpty).toBe(true);
  expect(editOf("c6")).toBeNull();
});

test("an edit that was left goes on where it was", () => {
  const message = { id: 3, content: [{ type: "text", text: "hello" }] } as ChatMessage;
  const first = new Sending(
    "c7",
    () => {},
    () => 0,
  );
  first.edit(message);
  expect(isEditing()).toBe(false);
  first.composer.append("and more");
  expect(isEditing()).toBe(true);
  const again = new Sending(
    "c7",
    () => {},
    () => 0,
  );
  expect(again.read().editing).toBe(message);
  addFileReference("c7", REFERENCE);
  expect(wordsOfBody(again.composer.read().body)).toBe("hello\n\nand more b.rs:3-4");
  again.cancelEdit();
  expect(isEditing()).toBe(false);
  addFileReference("c7", REFERENCE);
  expect(wordsOfBody(composerOf("c7").read().body)).toBe("b.rs:3-4");
});
