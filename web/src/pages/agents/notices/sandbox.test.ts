import { expect, test } from "vitest";
import type { SandboxHealth, SandboxLevel } from "@/api/generated/types";
import { isNews } from "./sandbox";

const at = (level: SandboxLevel, ok = true): SandboxHealth => ({
  level,
  required: "landlock",
  ok,
  layers: [],
});
const closed = (level?: SandboxLevel) => ({
  task_notification_alert_dismissed: false,
  ...(level ? { sandbox_notice_dismissed: level } : {}),
});

test("a closed notice comes back only when the level gets worse", () => {
  expect(isNews(at("landlock"), closed())).toBe(true);
  expect(isNews(at("landlock"), closed("landlock"))).toBe(false);
  expect(isNews(at("none"), closed("landlock"))).toBe(true);
  expect(isNews(at("landlock"), closed("none"))).toBe(false);
});

test("the best level is no news, and workspaces that can’t start always are", () => {
  expect(isNews(at("strict"), closed())).toBe(false);
  expect(isNews(at("none", false), closed("none"))).toBe(true);
  expect(isNews(undefined, closed())).toBe(false);
  expect(isNews(at("landlock"), undefined)).toBe(false);
});
