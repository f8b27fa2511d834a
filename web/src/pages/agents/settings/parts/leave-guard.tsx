import { useBlocker } from "@tanstack/react-router";
import { Confirm } from "@/components/ui/dialog";

interface Place {
  pathname: string;
  search: unknown;
}

/** Another row of the same page has a form of its own, too. */
function isElsewhere(current: Place, next: Place): boolean {
  return (
    current.pathname !== next.pathname ||
    JSON.stringify(current.search) !== JSON.stringify(next.search)
  );
}

/** Asks before something that is not saved is left. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const leave = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && isElsewhere(current, next),
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Confirm
      open={leave.status === "blocked"}
      onClose={() => leave.reset?.()}
      title="Leave without saving?"
      about="What you changed on this page is not saved yet."
      verb="Leave"
      dangerous
      onConfirm={() => leave.proceed?.()}
    />
  );
}
