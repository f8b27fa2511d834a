import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Says at the very end which tests failed, and which passed at their second try only. The gate
 * reads these lines for its summary.
 */
export default class Verdicts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const error of module.errors()) say("FAILED", nameOf(module), error.message);
      for (const test of module.children.allTests()) {
        const name = `${nameOf(module)} > ${test.name}`;
        if (test.result().state === "failed") say("FAILED", name, reason(test));
        else if (test.diagnostic()?.flaky) say("FLAKY", name, reason(test));
      }
    }
  }
}

const nameOf = ({ moduleId }: TestModule) => relative(process.cwd(), moduleId);

/** Of the first try. */
function reason(test: TestCase): string {
  return test.result().errors?.[0]?.message ?? "";
}

function say(verdict: "FAILED" | "FLAKY", name: string, why: string): void {
  const lines = why.split("\n").filter((line) => line.trim() !== "");
  console.log(`${verdict} ${name}: ${lines.slice(0, 2).join(" ")}`);
}
