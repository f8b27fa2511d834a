import { QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { chatsQuery, neighbourOf } from "./chats";
import type { Chat } from "./generated/types";
import { queryClient } from "./query";

const chat = (id: string, minute: number, children: Chat[] = []) =>
  ({ id, pin_order: 0, updated_at: `2026-03-01T10:0${minute}:00Z`, children }) as unknown as Chat;

test("the neighbours of a chat are those of the list that is shown, by its order", () => {
  const { queryKey } = chatsQuery({ archived: false, shared: false, text: "" });
  const other = chatsQuery({ archived: true, shared: false, text: "" });
  queryClient.setQueryData(other.queryKey, { pages: [[chat("z", 1)]], pageParams: [undefined] });
  const pages = [[chat("a", 5), chat("b", 3, [chat("s", 3)])], [chat("c", 4)]];
  queryClient.setQueryData(queryKey, { pages, pageParams: [undefined, "b"] });
  expect(neighbourOf("a", 1)).toBeUndefined();
  const shown = new QueryObserver(queryClient, { queryKey, staleTime: Number.POSITIVE_INFINITY });
  const hide = shown.subscribe(() => {});
  expect(neighbourOf("a", 1)).toBe("c");
  expect(neighbourOf("c", 1)).toBe("b");
  expect(neighbourOf("s", -1)).toBe("c");
  expect(neighbourOf("a", -1)).toBeUndefined();
  expect(neighbourOf("unknown", 1)).toBeUndefined();
  hide();
});
