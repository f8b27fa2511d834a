import { expect, test } from "vitest";
import type { ApiKey } from "@/api/generated/types";
import { living } from "./sessions";

const NOW = Date.parse("2026-06-01T12:00:00Z");

const key = (id: string, change: Partial<ApiKey> = {}): ApiKey => ({
  id,
  user_id: "u",
  login_type: "password",
  scopes: ["all"],
  token_name: "",
  lifetime_seconds: 1,
  last_used: "2026-06-01T10:00:00Z",
  expires_at: "2026-06-08T10:00:00Z",
  created_at: "2026-06-01T09:00:00Z",
  updated_at: "2026-06-01T09:00:00Z",
  current: false,
  ...change,
});

test("tokens and what has ended are no sessions, and this one comes first", () => {
  const keys = [
    key("older", { last_used: "2026-05-30T10:00:00Z" }),
    key("token", { token_name: "nightly" }),
    key("newer"),
    key("ended", { expires_at: "2026-06-01T11:00:00Z" }),
    key("own", { current: true, last_used: "2026-05-29T10:00:00Z" }),
  ];
  expect(living(keys, NOW).map((one) => one.id)).toEqual(["own", "newer", "older"]);
});
