import { CopyButton } from "@/components/copy-button";
import { Markdown } from "@/components/markdown/markdown";
import { Button } from "@/components/ui/button";
import type { ToolCall } from "@/stream/rows";
import { fields, text } from "./card";

function save(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "text/markdown" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** What a plan says; null for a call that has none (yet). */
export function planOf(call: ToolCall): { name: string; content: string } | null {
  const result = fields(call.result);
  const content = text(result.content) || text(result.plan) || text(fields(call.args).content);
  const path = text(result.path) || text(fields(call.args).path) || "PLAN.md";
  return content ? { name: path.slice(path.lastIndexOf("/") + 1), content } : null;
}

/** The one card that looks like a page: always open. */
export function Plan({ name, content }: { name: string; content: string }) {
  return (
    <section className="plan" aria-label="Plan">
      <div className="h">
        Plan <span className="q mono">{name}</span>
        <span className="grow" />
        <CopyButton text={content} label="Copy plan" words="Copy" />
        <Button look="text" size="small" onClick={() => save(name, content)}>
          Download
        </Button>
      </div>
      <div className="prose">
        <Markdown text={content} />
      </div>
    </section>
  );
}
