import { expect, test } from "vitest";
import type { DeploymentHealth, HealthCheck, SandboxHealth } from "@/api/generated/types";
import { checkName, isWorse, missingLayer, verdict } from "./words";

const check = (name: string, ok: boolean, remedy = ""): HealthCheck => ({
  name,
  ok,
  detail: "",
  remedy,
});

const sandbox = (ok: boolean, layers: HealthCheck[]): SandboxHealth => ({
  level: "landlock",
  required: "landlock",
  ok,
  layers,
});

const health = (checks: HealthCheck[], box?: SandboxHealth): DeploymentHealth => ({
  healthy: true,
  checked_at: "2026-01-01T00:00:00Z",
  version: "1.0.0",
  access_url: "http://127.0.0.1:7080",
  http_address: "127.0.0.1:7080",
  database: { engine: "sqlite", version: "3", answer_us: 1 },
  ...(box ? { sandbox: box } : {}),
  checks,
  replicas: [],
});

test("the layer that is named is one with a way to mend it", () => {
  const layers = [
    check("level_strict", false, "see above"),
    check("kernel", true),
    check("uid_range", false),
    check("user_namespaces", false, "run sysctl"),
  ];
  expect(missingLayer(sandbox(true, layers))?.name).toBe("user_namespaces");
  expect(missingLayer(sandbox(true, [check("uid_range", false)]))?.name).toBe("uid_range");
  expect(missingLayer(sandbox(true, [check("kernel", true)]))).toBeUndefined();
});

test("the verdict counts what fails and says when workspaces can’t start", () => {
  expect(verdict(health([check("git", true)]))).toEqual({ ok: true, text: "Everything works." });
  const bad = health([check("git", false), check("clock", false)], sandbox(false, []));
  expect(verdict(bad).text).toBe("2 checks need attention, and workspaces can’t start.");
  expect(verdict(health([], sandbox(false, []))).text).toBe("Workspaces can’t start.");
});

test("levels have an order, and an unknown check keeps its name", () => {
  expect(isWorse("none", "landlock")).toBe(true);
  expect(isWorse("strict", "landlock")).toBe(false);
  expect(isWorse("landlock", "landlock")).toBe(false);
  expect(checkName("disk_space")).toBe("disk space");
});
