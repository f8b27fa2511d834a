import { useNavigate, useSearch } from "@tanstack/react-router";
import { serverNow } from "@/api/client";
import { PageHead } from "@/components/page-head";
import { type RangeSearch, stretchOf } from "../settings/usage/range";
import { RangeBar } from "../settings/usage/range-bar";
import { Summary } from "../settings/usage/summary";

/** One's own usage. */
export function AnalyticsPage() {
  const search = useSearch({ strict: false }) as RangeSearch;
  const navigate = useNavigate();
  const go = (next: RangeSearch) =>
    void navigate({ to: "/agents/analytics", search: next, replace: true });
  return (
    <>
      <PageHead title="Your usage" about="What your chats spent on models." />
      <RangeBar search={search} onChange={go} />
      <Summary user="me" stretch={stretchOf(search, serverNow())} mine />
    </>
  );
}
