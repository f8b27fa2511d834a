// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Chat, User } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { serve } from "@/test/serve";
import { MakeRoom } from "./make-room";

const ME = { id: "me", roles: [] } as unknown as User;
const CHAT = { id: "c", owner_id: "me", status: "waiting", archived: false } as Chat;

function show(chat: Chat): void {
  queryClient.setQueryData(["me"], ME);
  render(
    <QueryClientProvider client={queryClient}>
      <MakeRoom chat={chat} />
    </QueryClientProvider>,
  );
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
});

test("a summary is asked for at once, a new beginning only after a second word", async () => {
  const asked = serve({ "POST /chats/c/compact": {}, "POST /chats/c/clear": {} });
  show(CHAT);
  fireEvent.click(button("Summarise now"));
  await waitFor(() => expect(asked).toEqual(["POST /chats/c/compact"]));
  fireEvent.click(button("Clear"));
  expect(asked).toHaveLength(1);
  const dialog = await screen.findByRole("dialog");
  const sure = [...dialog.querySelectorAll("button")].find((one) => one.textContent === "Clear");
  if (sure) fireEvent.click(sure);
  await waitFor(() => expect(asked).toContain("POST /chats/c/clear"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("neither is offered while the agent works, nor to whoever only reads", () => {
  serve({});
  show({ ...CHAT, status: "running" });
  expect([button("Summarise now").disabled, button("Clear").disabled]).toEqual([true, true]);
  cleanup();
  for (const chat of [
    { ...CHAT, owner_id: "ann" },
    { ...CHAT, archived: true },
  ]) {
    show(chat);
    expect(screen.queryByRole("button")).toBeNull();
    cleanup();
  }
});
