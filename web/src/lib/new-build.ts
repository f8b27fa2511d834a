import { say } from "@/components/ui/toast";

let offered = false;

/** The server serves a newer page than this one. */
export function offerReload(): void {
  if (offered) return;
  offered = true;
  say("New version available.", { name: "Reload", run: () => location.reload() });
}
