// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import { afterEach, test, vi } from "vitest";
import type { DeploymentConfig, DeploymentHealth } from "@/api/generated/types";
import { draw, serve } from "@/test/serve";
import { DeploymentPage } from "./page";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const HEALTH: DeploymentHealth = {
  healthy: false,
  checked_at: "2026-06-01T12:00:00Z",
  version: "1.2.3",
  access_url: "https://muster.example.com",
  http_address: "127.0.0.1:7080",
  database: { engine: "postgres", version: "16.2", answer_us: 800 },
  sandbox: {
    level: "landlock",
    required: "strict",
    ok: false,
    layers: [{ name: "user_namespaces", ok: false, detail: "refused", remedy: "run sysctl" }],
  },
  checks: [{ name: "git", ok: false, detail: "not found", remedy: "install git" }],
  replicas: [
    {
      id: "0190a000-0000-7000-8000-000000000001",
      started_at: "2026-06-01T10:00:00Z",
      heartbeat_at: "2026-06-01T11:00:00Z",
      alive: false,
    },
  ],
};

const CONFIG: DeploymentConfig = {
  options: [
    {
      name: "encryption_keys",
      about: "Seal secrets",
      env: "MUSTER_ENCRYPTION_KEYS",
      secret: true,
      set: true,
    },
    { name: "log", about: "Filter", flag: "--log", env: "MUSTER_LOG", secret: false, set: false },
  ],
};

test("what fails is named with its remedy, and a secret only as set", async () => {
  serve({ "GET /deployment/health": { body: HEALTH }, "GET /deployment/config": { body: CONFIG } });
  draw(<DeploymentPage />);
  await screen.findByText("1 check needs attention, and workspaces can’t start.");
  for (const words of [
    "install git",
    "run sysctl",
    "Silent",
    "PostgreSQL 16.2, answered in 0.8 ms",
  ])
    screen.getByText(words);
  await screen.findByText("Set, not shown");
  screen.getByText("--log");
});

test("whoever may not see it is told so", async () => {
  serve({ "GET /deployment/health": { status: 403, body: { message: "You may not do this." } } });
  draw(<DeploymentPage />);
  await screen.findByText("You don’t have access");
});

test("a failure has its reason and a way out", async () => {
  serve({ "GET /deployment/health": { status: 500, body: { message: "Broken." } } });
  draw(<DeploymentPage />);
  await screen.findByText("The server could not be checked");
  screen.getByRole("button", { name: "Try again" });
});
