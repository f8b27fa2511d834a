import { isEditing } from "@/components/composer/references";
import { say } from "@/components/ui/toast";

let offered = false;

/** The server serves a newer page than this one. */
export function offerReload(): void {
  if (offered) return;
  offered = true;
  say("New version available.", { name: "Reload", run: () => location.reload() });
}

/** Whether there is text in the composer that nobody has sent. */
function unsent(): boolean {
  const field = document.getElementById("composer");
  if (field instanceof HTMLTextAreaElement) return field.value.trim() !== "";
  return (field?.textContent ?? "").trim() !== "";
}

/**
 * On the way to another page: whether to load it from the server instead, because this page is
 * of an older build. Never while somebody writes.
 */
export function loadsAnew(): boolean {
  return offered && !unsent() && !isEditing();
}
