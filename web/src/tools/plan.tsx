import { useQuery } from "@tanstack/react-query";
import { api, errorText } from "@/api/client";
import { CopyButton } from "@/components/copy-button";
import { Markdown } from "@/components/markdown/markdown";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Loading } from "@/components/ui/states";
import { tilde } from "@/lib/paths";
import { plain } from "@/lib/plain";
import { save } from "@/lib/save";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, tense, text } from "./card";

interface PlanFile {
  name: string;
  /** Where the plan is kept as it was when it was proposed. */
  file: string;
}

/** Which plan a call shows; null for a call that has none (yet). */
export function planOf(call: ToolCall): PlanFile | null {
  const result = fields(call.result);
  const file = text(result.file_id);
  const path = text(result.path) || text(fields(call.args).path) || "PLAN.md";
  return file ? { name: path.slice(path.lastIndexOf("/") + 1), file } : null;
}

/** The one card that looks like a page: always open. */
export function Plan({ name, file }: PlanFile) {
  // What was proposed never changes; a later proposal is another file.
  const { data, error } = useQuery({
    queryKey: ["plan", file],
    queryFn: ({ signal }) => api.text(`/chats/files/${file}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section className="plan" aria-label="Plan">
      <div className="h">
        Plan <span className="q mono">{plain(name)}</span>
        <span className="grow" />
        {data !== undefined && (
          <>
            <CopyButton text={data} label="Copy plan" words="Copy" />
            <Button
              look="text"
              size="small"
              onClick={() => save(plain(name), data, "text/markdown")}
            >
              Download
            </Button>
          </>
        )}
      </div>
      {data !== undefined && (
        <div className="prose">
          <Markdown text={data} />
        </div>
      )}
      {data === undefined && !error && <Loading rows={3} label="Loading the plan" />}
      {data === undefined && error && (
        <p className="words" role="alert">
          <Glyph name="error" className="bad" /> The plan could not be read. {errorText(error)}
        </p>
      )}
    </section>
  );
}

/** The line of a plan that is not there yet, or could not be read. */
export function proposePlan(call: ToolCall): Card {
  return {
    verb: tense(call, ["Planning", "Proposing", "Proposed"]),
    object: tilde(arg(call, "path")) || "a plan",
    mono: true,
    failure: "Plan wasn’t read",
  };
}
