import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Chat, ChatMessage, CompactionThresholds } from "@/api/generated/types";
import { findModel, useModels } from "@/api/models";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/states";
import { type ContextUsage, contextFiles, contextUsage } from "@/lib/context-usage";
import { tokens } from "@/lib/format";
import { splitPath, tilde } from "@/lib/paths";
import { plain } from "@/lib/plain";
import { MakeRoom } from "./make-room";

interface Props {
  chat: Chat;
  messages: readonly ChatMessage[];
}

/** How full the model's context is, when it is summarised, and with what it began. */
export function ContextTab({ chat, messages }: Props) {
  const models = useModels();
  const model = findModel(models.data, chat.last_model_config_id);
  const usage = contextUsage(messages, model?.context_limit);
  const files = contextFiles(messages);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="scrolly context-tab" tabIndex={0} aria-label="Context">
      {usage ? (
        <Usage usage={usage} />
      ) : (
        <Empty title="Nothing counted yet">
          The next answer tells how much of the model’s context the conversation takes.
        </Empty>
      )}
      <section>
        <h3>Summary</h3>
        <Threshold model={chat.last_model_config_id} standard={model?.compression_threshold} />
        <MakeRoom chat={chat} />
      </section>
      <section>
        <h3>Loaded files</h3>
        {files.length === 0 ? (
          <p className="q">No instruction files were found in the workspace.</p>
        ) : (
          <ul className="files">
            {files.map(({ path, truncated }) => {
              const { folder, name } = splitPath(tilde(path));
              return (
                <li key={path} title={plain(path)}>
                  <span className="file-line">
                    <Glyph name="file" />
                    <span className="cut">
                      <span className="dir">{plain(folder)}</span>
                      {plain(name)}
                    </span>
                    {truncated && <span className="warn">Cut at 64 KiB</span>}
                  </span>
                </li>
              );
            })}
          </ul>
        )}
      </section>
    </section>
  );
}

function Usage({ usage }: { usage: ContextUsage }) {
  const { used, limit, percent, fresh, cacheRead, cacheWrite } = usage;
  const parts = [
    { name: "Read from the cache", count: cacheRead, look: "dark" },
    { name: "Written to the cache", count: cacheWrite, look: "middle" },
    { name: "New", count: fresh, look: "light" },
  ].filter(({ count }) => count > 0);
  const words = `${tokens(used)} of ${tokens(limit)} tokens`;
  return (
    <section className="usage">
      <p className="share">
        <b>{percent} %</b> <span className="q">{words}</span>
      </p>
      <div className="stack" role="img" aria-label={`${words} of the context are used`}>
        {parts.map(({ name, count, look }) => (
          <span key={name} className={look} style={{ width: `${(count / limit) * 100}%` }} />
        ))}
      </div>
      <ul className="legend">
        {parts.map(({ name, count, look }) => (
          <li key={name}>
            <span className={`key ${look}`} aria-hidden="true" />
            {name} <span className="q num">{tokens(count)}</span>
          </li>
        ))}
        <li>
          <span className="key" aria-hidden="true" />
          Free <span className="q num">{tokens(Math.max(0, limit - used))}</span>
        </li>
      </ul>
    </section>
  );
}

interface ThresholdProps {
  model: string;
  /** The model's own. */
  standard: number | undefined;
}

function Threshold({ model, standard }: ThresholdProps) {
  const own = useQuery({
    queryKey: ["compaction-thresholds"],
    queryFn: ({ signal }) =>
      api.get<CompactionThresholds>("/chats/config/user-compaction-thresholds", undefined, signal),
    staleTime: 60_000,
  });
  const mine = own.data?.thresholds.find((one) => one.model_config_id === model);
  const percent = mine?.threshold_percent ?? standard;
  if (own.isPending || percent === undefined) return <p className="q">Not known yet.</p>;
  const source = mine ? "your setting" : "the model’s setting";
  if (percent >= 100) return <p>Earlier messages are never summarised ({source}).</p>;
  return (
    <p>
      Earlier messages are summarised at <b>{percent} %</b> ({source}).
    </p>
  );
}
