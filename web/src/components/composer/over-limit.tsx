import { type UsageLimit, usageLimitWords } from "@/api/usage-limit";
import { Button } from "@/components/ui/button";
import { useMinutes } from "@/lib/now";
import { CannotWrite } from "./composer";

/** Whether a refusal still holds. */
export function useIsOver(limit: UsageLimit | null): limit is UsageLimit {
  const now = useMinutes();
  return limit !== null && Date.parse(limit.resetsAt) > now;
}

/** In place of the field once the server has refused for what was spent. */
export function OverLimit({ limit, onAgain }: { limit: UsageLimit; onAgain: () => void }) {
  return (
    <CannotWrite
      reason={`${usageLimitWords(limit)} Your text is kept.`}
      action={
        <Button size="small" onClick={onAgain}>
          Try again
        </Button>
      }
    />
  );
}
