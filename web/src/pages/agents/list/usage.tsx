import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usageStatusQuery } from "@/api/usage";
import { Meter } from "@/components/meter";
import { fullTime } from "@/lib/format";
import { isSpent, share, spentWords } from "../settings/usage/words";

/** How far the person has come in the period; nothing for whoever has no limit. */
export function UsageMeter() {
  const { data } = useQuery(usageStatusQuery);
  if (!data?.is_limited) return null;
  const words = spentWords(data);
  const until = data.period_end ? `Counts from 0 again on ${fullTime(data.period_end)}` : undefined;
  const spent = isSpent(data);
  return (
    <Link to="/agents/analytics" className="usage" title={until}>
      <span className={spent ? "warn num" : "q num"}>{words}</span>
      <Meter percent={share(data)} label={words} tone={spent ? "full" : ""} />
    </Link>
  );
}
