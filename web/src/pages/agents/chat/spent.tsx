import { useQuery } from "@tanstack/react-query";
import { usageStatusQuery } from "@/api/usage";
import { fullTime } from "@/lib/format";
import { spentWords } from "../settings/usage/words";

/** Under a run that a spending limit has ended: how much, of what, and until when. */
export function Spent() {
  const { data } = useQuery(usageStatusQuery);
  if (!data?.is_limited) return null;
  return (
    <p className="num">
      {spentWords(data)}.
      {data.period_end && ` Counts from 0 again on ${fullTime(data.period_end)}.`}
    </p>
  );
}
