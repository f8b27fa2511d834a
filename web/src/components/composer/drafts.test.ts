// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { bodyOf, NOTHING } from "./content";
import { DRAFT_BYTES_MAX, DRAFTS_MAX, loadDraft, saveDraft } from "./drafts";

const FILE = { fileId: "f1", name: "a.png", mediaType: "image/png", size: 12 };
const DAY_MS = 24 * 3_600_000;

afterEach(() => localStorage.clear());

function words(name: string, now = 0): string {
  const [piece] = loadDraft(name, now).body;
  return piece?.kind === "text" ? piece.text : "";
}

test("a draft comes back with its words, references and files", () => {
  const reference = { file_name: "a.rs", start_line: 1, end_line: 2, content: "x" };
  const content = {
    body: [...bodyOf("see "), { kind: "reference" as const, reference }],
    files: [FILE],
  };
  saveDraft("c1", content, 1_000);
  expect(loadDraft("c1", 2_000)).toEqual({ ...content, expired: [] });
});

test("an empty draft is forgotten", () => {
  saveDraft("c1", { body: bodyOf("x"), files: [] }, 0);
  saveDraft("c1", { body: bodyOf(" \n"), files: [] }, 1);
  expect(localStorage.length).toBe(0);
  expect(loadDraft("c1", 2)).toEqual({ ...NOTHING, expired: [] });
});

test("files that the server has deleted by now are told apart", () => {
  saveDraft("c1", { body: bodyOf("x"), files: [FILE] }, 0);
  const later = loadDraft("c1", DAY_MS);
  expect(later.files).toEqual([]);
  expect(later.expired).toEqual([FILE]);
});

test("the newest hundred are kept", () => {
  for (let at = 0; at <= DRAFTS_MAX; at += 1) {
    saveDraft(`c${at}`, { body: bodyOf(`text ${at}`), files: [] }, at);
  }
  expect(localStorage.length).toBe(DRAFTS_MAX);
  expect(words("c0")).toBe("");
  expect(words("c1")).toBe("text 1");
  expect(words(`c${DRAFTS_MAX}`)).toBe(`text ${DRAFTS_MAX}`);
});

test("a draft of 64 KiB is kept, a longer one leaves the last one that fitted", () => {
  const around = JSON.stringify({ at: 1, body: bodyOf("x"), files: [] }).length - 1;
  const fits = "a".repeat(DRAFT_BYTES_MAX - around);
  expect(saveDraft("c1", { body: bodyOf(fits), files: [] }, 1)).toBe(true);
  expect(saveDraft("c1", { body: bodyOf(`${fits}a`), files: [] }, 2)).toBe(false);
  expect(words("c1")).toBe(fits);
});

test("storage that is shut loses nothing but the reload", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new DOMException("shut", "SecurityError");
  });
  expect(saveDraft("c1", { body: bodyOf("x"), files: [] }, 0)).toBe(true);
  expect(loadDraft("c1", 0)).toEqual({ ...NOTHING, expired: [] });
});

test("what somebody else stored is a text", () => {
  localStorage.setItem("muster.draft.c1", "plain words");
  localStorage.setItem("muster.draft.c2", "12");
  expect(words("c1")).toBe("plain words");
  expect(words("c2")).toBe("12");
});
