import type { Threshold } from "@/api/models";
import { Tip } from "@/components/ui/tooltip";
import type { ContextFile, ContextUsage } from "@/lib/context-usage";
import { plural, tokens } from "@/lib/format";
import { plain } from "@/lib/plain";

interface Props {
  usage: ContextUsage;
  threshold: Threshold | null;
  files: readonly ContextFile[];
}

/** Files that a tooltip lists; the panel has them all. */
const FILES_SHOWN = 5;

/** How full the model's context is. */
export function ContextRing({ usage, threshold, files }: Props) {
  const { used, limit, percent } = usage;
  const words = `${tokens(used)} of ${tokens(limit)} tokens of context, ${percent} %`;
  const rest = files.length - FILES_SHOWN;
  return (
    <Tip
      text={words}
      more={
        <>
          {threshold && <span>{thresholdWords(threshold)}</span>}
          {files.slice(0, FILES_SHOWN).map((file) => (
            <span key={file.path} className="mono">
              {plain(file.path)}
              {file.truncated && " (truncated)"}
            </span>
          ))}
          {rest > 0 && <span>and {plural(rest, "more file")}</span>}
        </>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip must be reachable by keys */}
      <span className="context" role="img" tabIndex={0} aria-label={words}>
        <span className="ring" style={{ ["--p" as string]: percent }} />
        {percent}%
      </span>
    </Tip>
  );
}

function thresholdWords({ percent, isOwn }: Threshold): string {
  const source = isOwn ? "your own setting" : "the model’s setting";
  return percent >= 100
    ? `Never summarised by itself: ${source}`
    : `Summarised at ${percent} %: ${source}`;
}
