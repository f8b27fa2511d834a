import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Tab } from "./harness";
import { serverPath } from "./programs";

/** How a model shows in the pages: as what it is, unless it plays a real one. */
export interface ModelLook {
  model?: string;
  provider?: "anthropic" | "openai-compat";
  display_name: string;
}

const LOOK: ModelLook = { display_name: "Scripted model" };

/** A scripted model of its own, for what the demo does not say. It outlives server crashes. */
export class Model {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(script: string): Promise<Model> {
    const folder = mkdtempSync(join(tmpdir(), "muster-model-"));
    const file = join(folder, "script.toml");
    writeFileSync(file, script);
    const words = ["scaletest", "llm-mock", "--script", file, "--listen", "127.0.0.1:0"];
    const program = serverPath();
    if (!program) throw new Error("no server program: cargo build -p muster-app");
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    const url = await new Promise<string>((done, fail) => {
      child.once("exit", (code) => fail(new Error(`the model ended with ${code}`)));
      createInterface({ input: child.stdout }).once("line", done);
    });
    child.removeAllListeners("exit");
    return new Model(url, child, folder);
  }

  /** Makes it the default model of the server, by the page's own session. */
  async configure(tab: Tab, script: string, look = LOOK): Promise<void> {
    const model = look.model ?? `script:${script}`;
    await tab.page.evaluate(
      async ([url, model, display_name, provider]) => {
        const token = document.cookie.split("csrf_token=")[1]?.split(";")[0] ?? "";
        const post = async (path: string, body: unknown) => {
          const headers = { "Content-Type": "application/json", "X-CSRF-TOKEN": token };
          const options = { method: "POST", headers, body: JSON.stringify(body) };
          const answer = await fetch(`/api/v2${path}`, options);
          if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
        };
        const base_url = provider === "anthropic" ? url : `${url}/v1`;
        const account = { provider, display_name: "Scripted", base_url, api_key: "none" };
        await post("/chats/providers", account);
        await post("/chats/model-configs", {
          provider,
          model,
          display_name,
          context_limit: 200_000,
          is_default: true,
        });
      },
      [this.url, model, look.display_name, look.provider ?? "openai-compat"] as const,
    );
  }

  async stop(): Promise<void> {
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
