import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { CostByChat, CostByModel, CostSummary, UsageLimitStatus } from "@/api/generated/types";
import { costSummaryQuery, type Stretch } from "@/api/usage";
import { Meter } from "@/components/meter";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { dollars, duration, fullTime, tokens } from "@/lib/format";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";
import { isSpent, share, spentWords, unpricedWords } from "./words";

interface Props {
  /** An id, or `me`. */
  user: string;
  stretch: Stretch;
  /** Whether the chats are the reader's own and may be opened. */
  mine: boolean;
}

/** What a person spent, by model and by chat. */
export function Summary({ user, stretch, mine }: Props) {
  const summary = useQuery(costSummaryQuery(user, stretch));
  if (summary.isPending) return <Loading rows={6} label="Adding up" />;
  if (summary.isError) {
    return (
      <Failed
        title="The usage could not be loaded"
        error={summary.error}
        onRetry={summary.refetch}
      />
    );
  }
  const { data } = summary;
  const calls = data.priced_message_count + data.unpriced_message_count;
  return (
    <div aria-busy={summary.isPlaceholderData}>
      {data.usage_limit?.is_limited && <Limit status={data.usage_limit} />}
      {calls === 0 ? (
        <Empty title="Nothing was spent">No model was asked in these days.</Empty>
      ) : (
        <Sums data={data} mine={mine} />
      )}
    </div>
  );
}

function Limit({ status }: { status: UsageLimitStatus }) {
  const words = spentWords(status);
  const spent = isSpent(status);
  return (
    <div className="limit-now">
      <p className="num">
        <b className={spent ? "warn" : ""}>{words}</b>
        {status.period_end && (
          <span className="q"> Counts from 0 again on {fullTime(status.period_end)}.</span>
        )}
      </p>
      <Meter percent={share(status)} label={words} tone={spent ? "full" : ""} />
    </div>
  );
}

function Sums({ data, mine }: { data: CostSummary; mine: boolean }) {
  const unpriced = unpricedWords(data);
  const facts: [string, string][] = [
    ["Spent", dollars(data.total_cost_micros)],
    ["Input", tokens(data.total_input_tokens)],
    ["Output", tokens(data.total_output_tokens)],
    ["Read from cache", tokens(data.total_cache_read_tokens)],
    ["Written to cache", tokens(data.total_cache_creation_tokens)],
    ["Time of models", duration(data.total_runtime_ms)],
  ];
  return (
    <>
      <dl className="sums">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {unpriced && (
        <p className="help warn">
          <Glyph name="warn" /> {unpriced}
        </p>
      )}
      <Section title="By model">
        <Rows
          head="Model"
          rows={data.by_model.map((row) => ({ key: modelKey(row), name: modelName(row), ...row }))}
        />
      </Section>
      <Section title="By chat" about="Subagents count with the chat they belong to.">
        <Rows
          head="Chat"
          rows={data.by_chat.map((row) => ({
            key: row.root_chat_id,
            name: plain(row.chat_title) || "Untitled",
            ...(mine ? { chat: row.root_chat_id } : {}),
            ...row,
          }))}
        />
      </Section>
    </>
  );
}

const modelKey = (row: CostByModel) => `${row.model_config_id} ${row.provider} ${row.model}`;
/** Only those may use a model that is not on the list. */
const ASIDES = "Titles and summaries";

const modelName = (row: CostByModel) => plain(row.display_name || row.model) || ASIDES;

interface Row extends Omit<CostByChat, "root_chat_id" | "chat_title"> {
  key: string;
  name: string;
  /** The chat to open. */
  chat?: string;
}

function Rows({ head, rows }: { head: string; rows: Row[] }) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>{head}</th>
          <th className="r">Calls</th>
          <th className="r">Input</th>
          <th className="r">Output</th>
          <th className="r">Cached</th>
          <th className="r">Cost</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <td dir="auto">
              {row.chat ? (
                <Link to="/agents/$id" params={{ id: row.chat }} className="name">
                  {row.name}
                </Link>
              ) : (
                <b>{row.name}</b>
              )}
            </td>
            <td className="r m" data-label="Calls">
              {row.message_count.toLocaleString("en-US")}
            </td>
            <td className="r m" data-label="Input">
              {tokens(row.total_input_tokens)}
            </td>
            <td className="r m" data-label="Output">
              {tokens(row.total_output_tokens)}
            </td>
            <td className="r m" data-label="Cached">
              {tokens(row.total_cache_read_tokens)}
            </td>
            <td className="r">{dollars(row.total_cost_micros)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
