import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usageLimitsQuery } from "@/api/usage";
import { PageHead } from "@/components/page-head";
import { Failed, Loading, Notice } from "@/components/ui/states";
import { plural } from "@/lib/format";
import { DefaultLimit } from "./default-limit";
import { GroupLimits } from "./groups";
import { PersonLimits } from "./people";

export function LimitsPage() {
  const limits = useQuery(usageLimitsQuery);
  return (
    <>
      <PageHead title="Limits" about="How much people may spend on models." />
      {limits.isPending && <Loading rows={6} label="Loading limits" />}
      {limits.isError && (
        <Failed title="Limits could not be loaded" error={limits.error} onRetry={limits.refetch} />
      )}
      {limits.data && (
        <>
          {limits.data.unpriced_model_count > 0 && (
            <Unpriced count={limits.data.unpriced_model_count} />
          )}
          <DefaultLimit stored={limits.data} />
          <PersonLimits limits={limits.data} />
          <GroupLimits limits={limits.data} />
        </>
      )}
    </>
  );
}

function Unpriced({ count }: { count: number }) {
  return (
    <div className="page-notice">
      <Notice
        tone="warning"
        glyph="warn"
        title={`${plural(count, "model")} without a price`}
        row
        actions={
          <Link to="/agents/settings/models" className="btn sm">
            Set prices
          </Link>
        }
      >
        <p>What they cost is not known, so nobody is limited in using them.</p>
      </Notice>
    </div>
  );
}
