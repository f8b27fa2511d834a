// A machine of which the deployment page tells. Each real one differs, in what it has and in
// what its kernel allows; pictures of it would differ likewise.
import type { Page } from "playwright-core";
import type {
  DeploymentConfig,
  DeploymentHealth,
  HealthCheck,
  ReplicaHealth,
} from "../../src/api/generated/types";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const fine = (name: string, detail: string): HealthCheck => ({
  name,
  ok: true,
  detail,
  remedy: "",
});

const missing = (name: string, detail: string, remedy: string): HealthCheck => ({
  name,
  ok: false,
  detail,
  remedy,
});

const replica = (digit: number, started: number, heard: number): ReplicaHealth => ({
  id: `0190a000-0000-7000-8000-00000000000${digit}`,
  started_at: ago(started),
  heartbeat_at: ago(heard),
  alive: heard < 1,
});

const WELL: DeploymentHealth = {
  healthy: true,
  checked_at: "2026-06-01T12:00:00Z",
  version: "1.2.3",
  build: "5f3a9c41",
  access_url: "https://muster.example.com",
  http_address: "127.0.0.1:7080",
  database: { engine: "sqlite", version: "3.50.4", answer_us: 240 },
  sandbox: {
    level: "strict",
    required: "landlock",
    ok: true,
    layers: [
      fine("kernel", "6.12"),
      fine("landlock", "ABI 7"),
      fine("user_namespaces", "allowed"),
      fine("seccomp", "filters load"),
      fine("uid_range", "65536 ids"),
      fine("network", "a namespace with loopback alone"),
      fine("level_strict", "all layers at once"),
    ],
  },
  checks: [
    fine("data_folder", "/var/lib/muster takes files"),
    fine("clock", "agrees with the database"),
    fine("git", "2.47.3"),
    fine("database", "answers, with all migrations"),
  ],
  replicas: [replica(1, 190, 0)],
};

const UNWELL: DeploymentHealth = {
  ...WELL,
  healthy: false,
  database: { engine: "postgres", version: "17.2", answer_us: 1_900 },
  sandbox: {
    level: "landlock",
    required: "strict",
    ok: false,
    layers: [
      fine("kernel", "6.12"),
      fine("landlock", "ABI 7"),
      missing(
        "user_namespaces",
        "the kernel refuses them",
        "Set kernel.unprivileged_userns_clone to 1, or install bubblewrap.",
      ),
      missing("level_strict", "needs namespaces of its own", ""),
      fine("level_landlock", "files are guarded"),
    ],
  },
  checks: [
    fine("data_folder", "/var/lib/muster takes files"),
    missing("git", "not found on the PATH", "Install git with the system’s packages."),
  ],
  replicas: [replica(1, 190, 0), replica(2, 2_900, 14)],
};

const CONFIG: DeploymentConfig = {
  options: [
    {
      name: "access_url",
      about: "How people and agents reach the server",
      flag: "--access-url",
      env: "MUSTER_ACCESS_URL",
      secret: false,
      set: true,
      value: "https://muster.example.com",
    },
    {
      name: "encryption_keys",
      about: "Keys that seal what is secret, the newest first",
      env: "MUSTER_ENCRYPTION_KEYS",
      secret: true,
      set: true,
    },
    {
      name: "log",
      about: "Which lines are logged",
      flag: "--log",
      env: "MUSTER_LOG",
      secret: false,
      set: false,
    },
  ],
};

/** Has the deployment page tell of this machine instead of the one that the test runs on. */
export async function onMachine(page: Page, how: "well" | "unwell"): Promise<void> {
  const health = how === "well" ? WELL : UNWELL;
  await page.route("**/api/v2/deployment/health", (route) => route.fulfill({ json: health }));
  await page.route("**/api/v2/deployment/config", (route) => route.fulfill({ json: CONFIG }));
}
