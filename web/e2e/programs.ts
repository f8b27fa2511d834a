// The programs that the tests start.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser of this machine; nothing is downloaded. */
export function browserPath(): string | undefined {
  const chosen = process.env.MUSTER_CHROMIUM;
  if (chosen) return chosen;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** The server's program: of the test build, or the one named. */
export function serverPath(): string | undefined {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const path = process.env.MUSTER_BIN ?? join(target, "debug/muster");
  return isProgram(path) ? path : undefined;
}
