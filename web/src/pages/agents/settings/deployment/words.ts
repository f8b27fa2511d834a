import type {
  DatabaseEngine,
  DeploymentHealth,
  HealthCheck,
  SandboxHealth,
  SandboxLevel,
} from "@/api/generated/types";
import { plural } from "@/lib/format";

const NAMES: Record<string, string> = {
  data_folder: "Data folder",
  clock: "Clock",
  git: "git",
  database: "Database",
  access_url: "Address",
  kernel: "Kernel",
  landlock: "Landlock",
  user_namespaces: "User namespaces",
  bwrap: "bubblewrap",
  seccomp: "System call filter",
  cgroup: "Control groups",
  uid_range: "User ids of its own",
  network: "Network of its own",
  level_strict: "Level strict",
  level_landlock: "Level landlock",
};

/** A check as people call it; one that this page does not know keeps its name. */
export function checkName(name: string): string {
  return NAMES[name] ?? name.replaceAll("_", " ");
}

const ENGINES: Record<DatabaseEngine, string> = { sqlite: "SQLite", postgres: "PostgreSQL" };

export function engineName(engine: DatabaseEngine): string {
  return ENGINES[engine];
}

const MEANING: Record<SandboxLevel, string> = {
  strict: "Each workspace has processes, files and a network of its own.",
  landlock:
    "Commands can’t reach files outside of their workspace, but they share processes and network with this machine.",
  none: "Nothing stands between a workspace and this machine.",
};

/** What a level means for whoever has agents work. */
export function levelMeaning(level: SandboxLevel): string {
  return MEANING[level];
}

const ORDER: SandboxLevel[] = ["none", "landlock", "strict"];

/** Whether `level` isolates less than `other`. */
export function isWorse(level: SandboxLevel, other: SandboxLevel): boolean {
  return ORDER.indexOf(level) < ORDER.indexOf(other);
}

/** The layer to name where one is missing: a failed one that says what to do, else any. */
export function missingLayer(sandbox: SandboxHealth): HealthCheck | undefined {
  const failed = sandbox.layers.filter((layer) => !layer.ok);
  const real = failed.filter((layer) => !layer.name.startsWith("level_"));
  return real.find((layer) => layer.remedy) ?? real[0] ?? failed.find((layer) => layer.remedy);
}

/** The page's one sentence about everything. */
export function verdict(health: DeploymentHealth): { ok: boolean; text: string } {
  const failed = health.checks.filter((check) => !check.ok).length;
  const blocked = health.sandbox?.ok === false;
  if (failed === 0 && !blocked) return { ok: true, text: "Everything works." };
  const words = [
    failed > 0 && `${plural(failed, "check")} ${failed === 1 ? "needs" : "need"} attention`,
    blocked && "workspaces can’t start",
  ].filter(Boolean);
  const text = words.join(", and ");
  return { ok: false, text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` };
}
