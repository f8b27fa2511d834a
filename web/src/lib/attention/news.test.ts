import { expect, test } from "vitest";
import type { ChatStatus } from "@/api/generated/types";
import { Statuses } from "./news";

const chat = (status: ChatStatus, id = "a") => ({ id, status });

test("a run that ends is news once", () => {
  const statuses = new Statuses();
  expect(statuses.take("created", chat("running"))).toBeNull();
  expect(statuses.take("status_change", chat("waiting"))).toBe("finished");
  expect(statuses.take("status_change", chat("waiting"))).toBeNull();
  expect(statuses.take("title_change", chat("waiting"))).toBeNull();
});

test("a run that was going on before the page was opened is news too", () => {
  expect(new Statuses().take("status_change", chat("waiting"))).toBe("finished");
  expect(new Statuses().take("title_change", chat("waiting"))).toBeNull();
});

test("failures and questions are news, and what its person stopped is not", () => {
  const statuses = new Statuses();
  statuses.take("created", chat("running"));
  expect(statuses.take("status_change", chat("requires_action"))).toBe("needs");
  expect(statuses.take("status_change", chat("running"))).toBeNull();
  expect(statuses.take("status_change", chat("error"))).toBe("failed");
  statuses.take("status_change", chat("running", "b"));
  expect(statuses.take("status_change", chat("interrupting", "b"))).toBeNull();
  expect(statuses.take("status_change", chat("waiting", "b"))).toBeNull();
});
