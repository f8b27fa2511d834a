import { readdirSync, readlinkSync } from "node:fs";

/** Whether a process holds a file below the folder open. */
function holds(pid: string, folder: string): boolean {
  const files = `/proc/${pid}/fd`;
  try {
    return readdirSync(files).some((file) => readlinkSync(`${files}/${file}`).startsWith(folder));
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return false;
  }
}

/** Workspaces outlive their server, as they should; those of a test end with it. */
export function endSandboxes(folder: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!holds(pid, `${folder}/`)) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
