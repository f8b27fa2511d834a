import { useQuery } from "@tanstack/react-query";
import type { User } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";
import { usageLimitsQuery } from "@/api/usage";
import { Override } from "../limits/override";

/** A person's own spending limit, for those who keep limits. */
export function Spend({ user }: { user: User }) {
  const allowed = isAdmin(useMe());
  const limits = useQuery({ ...usageLimitsQuery, enabled: allowed });
  if (!allowed || !limits.data) return null;
  const own = limits.data.overrides.find((one) => one.user_id === user.id);
  return (
    <div className="form">
      <span className="lab">Spending limit</span>
      <div>
        <Override
          key={own?.spend_limit_micros ?? "none"}
          path={`/chats/usage-limits/overrides/${user.id}`}
          name={user.username}
          micros={own?.spend_limit_micros ?? null}
        />
        <p className="help">
          {limits.data.spend_limit_micros === null
            ? "Limits are off for everybody; this one applies once they are on."
            : `Dollars per ${limits.data.period}. Without one, that of a group or of everybody applies.`}
        </p>
      </div>
    </div>
  );
}
