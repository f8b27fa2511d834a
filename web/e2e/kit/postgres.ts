// A throwaway PostgreSQL server, as an unprivileged user where we are root.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./relay";

const VERSIONS = "/usr/lib/postgresql";
const START_MS_MAX = 20_000;

/** Where its programs are; nothing where it is not installed. */
function programs(): string | undefined {
  const found = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const folders = found.map((version) => join(VERSIONS, version, "bin"));
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

interface Person {
  uid?: number;
  gid?: number;
}

/** The user it runs as: `initdb` refuses root. */
function person(): Person {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith("postgres:"));
  const [, , uid, gid] = (line ?? "nobody:x:65534:65534").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

export class Postgres {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static readonly isInstalled = programs() !== undefined;

  static async start(): Promise<Postgres> {
    const bin = programs() ?? "";
    const folder = mkdtempSync(join(tmpdir(), "muster-pg-"));
    const who = person();
    if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
    const data = join(folder, "data");
    const options = { ...who, cwd: folder, stdio: "ignore" as const };
    execFileSync(join(bin, "initdb"), ["-D", data, "-U", "muster", "-A", "trust", "-N"], options);
    const port = await freePort();
    const words = ["-D", data, "-p", `${port}`, "-c", "listen_addresses=127.0.0.1"];
    const child = spawn(
      join(bin, "postgres"),
      [...words, "-c", `unix_socket_directories=${folder}`, "-c", "fsync=off"],
      options,
    );
    const late = Date.now() + START_MS_MAX;
    const create = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "muster", "muster"];
    for (;;) {
      try {
        execFileSync(join(bin, "createdb"), create, options);
        return new Postgres(port, folder, child);
      } catch (error) {
        if (Date.now() > late) throw error;
        await new Promise((done) => setTimeout(done, 200));
      }
    }
  }

  async stop(): Promise<void> {
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGINT");
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
