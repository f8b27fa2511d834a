// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { LabelEditor } from "@/components/labels/label-editor";
import { MessageContent } from "@/components/message/content";
import { TipProvider } from "@/components/ui/tooltip";
import { noteFile } from "@/lib/known-files";
import { expectHarmless } from "@/test/harmless";
import { HOSTILE } from "@/test/hostile";
import type { Attachment } from "./attachment";
import { AttachmentChip } from "./attachment-chip";

afterEach(cleanup);

const DONE: Attachment = {
  id: "a1",
  name: "notes.md",
  mediaType: "text/markdown",
  size: 12,
  state: "done",
  progress: 1,
  error: null,
  fileId: "f1",
  blob: null,
  picture: null,
};

function show(children: ReactNode): HTMLElement {
  const client = new QueryClient();
  return render(
    <QueryClientProvider client={client}>
      <TipProvider>{children}</TipProvider>
    </QueryClientProvider>,
  ).container;
}

function chip(change: Partial<Attachment>, acts: Record<string, () => void> = {}): HTMLElement {
  const none = () => {};
  return show(
    <AttachmentChip
      attachment={{ ...DONE, ...change }}
      onRemove={acts.onRemove ?? none}
      onRetry={acts.onRetry ?? none}
      onPicture={none}
      onText={none}
      onInsert={none}
    />,
  );
}

test("an upload says how far it is and can be cancelled", () => {
  const onRemove = vi.fn();
  chip({ state: "uploading", progress: 0.649, fileId: null }, { onRemove });
  expect(screen.getByRole("progressbar").textContent).toBe("64 %");
  fireEvent.click(screen.getByRole("button", { name: "Cancel notes.md" }));
  expect(onRemove).toHaveBeenCalledOnce();
});

test("a failed upload says why, and is tried again where this page still has it", () => {
  const onRetry = vi.fn();
  const failed = { state: "failed" as const, error: "The server did not answer." };
  chip({ ...failed, blob: new Blob(["x"]) }, { onRetry });
  expect(screen.getByRole("alert").textContent).toContain("The server did not answer.");
  fireEvent.click(screen.getByRole("button", { name: /^Try again ?notes.md$/ }));
  expect(onRetry).toHaveBeenCalledOnce();
  cleanup();
  chip({ ...failed, error: "is over 10 MiB" });
  expect(screen.queryByRole("button", { name: /Try again/ })).toBeNull();
});

test("references stand among the words, pictures and files below", () => {
  noteFile({ fileId: "p1", name: "dot.png", size: 3 });
  noteFile({ fileId: "t1", name: "notes.md", size: 3 });
  const root = show(
    <MessageContent
      parts={[
        { type: "file", media_type: "image/png", file_id: "p1" },
        { type: "file", media_type: "text/markdown", file_id: "t1" },
        { type: "text", text: "Look at" },
        {
          type: "file-reference",
          file_name: "a/split.rs",
          start_line: 1,
          end_line: 2,
          content: "x",
        },
        { type: "text", text: "and mend it." },
      ]}
    />,
  );
  expect(root.querySelector(".said")?.textContent).toBe("Look at split.rs:1-2 and mend it.");
  expect(screen.getByAltText("dot.png").getAttribute("src")).toBe("/api/v2/chats/files/p1");
  expect(screen.getByRole("button", { name: "notes.md" })).toBeTruthy();
});

test("hostile words, names and types in a message do nothing", () => {
  HOSTILE.forEach((text, at) => {
    noteFile({ fileId: `h${at}`, name: text, size: 1 });
    const root = show(
      <MessageContent
        parts={[
          { type: "text", text },
          { type: "file-reference", file_name: text, start_line: 1, end_line: 2, content: text },
          { type: "file", media_type: "application/pdf", file_id: `h${at}` },
          { type: "file", media_type: text, file_id: "unknown" },
        ]}
      />,
    );
    expectHarmless(root, text);
    cleanup();
    expectHarmless(chip({ name: text }), text);
    cleanup();
  });
});

test("a label needs a key and a value, and what the server says stands beside it", () => {
  const onChange = vi.fn();
  show(
    <LabelEditor
      labels={{ team: "billing" }}
      problem={{ key: "team", words: "is too long" }}
      onChange={onChange}
    />,
  );
  expect(screen.getByRole("alert").textContent).toContain("team: is too long");
  const field = screen.getByLabelText("New label");
  fireEvent.change(field, { target: { value: "nonsense" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(screen.getByRole("alert").textContent).toContain("key:value");
  fireEvent.change(field, { target: { value: "env:live" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onChange).toHaveBeenCalledWith({ team: "billing", env: "live" });
  fireEvent.click(screen.getByRole("button", { name: "Remove team:billing" }));
  expect(onChange).toHaveBeenLastCalledWith({});
});
