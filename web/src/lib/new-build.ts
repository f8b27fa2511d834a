import { isEditing } from "@/components/composer/references";
import { insist } from "@/components/ui/toast";

/** In the session storage: the build whose missing part was answered by loading the page anew. */
const TRIED = "muster.reloaded";

let offered = false;

/** The server serves a newer page than this one. It stays said until somebody has decided. */
export function offerReload(): void {
  if (offered) return;
  offered = true;
  insist("New version available.", { name: "Reload", run: () => location.reload() });
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

/** Every build has a main script of its own. */
function thisBuild(): string {
  return document.querySelector<HTMLScriptElement>("script[type=module][src]")?.src ?? "";
}

/** True once for each build. A browser that keeps nothing can't tell, so it never is there. */
function isFirstTime(): boolean {
  try {
    if (sessionStorage.getItem(TRIED) === thisBuild()) return false;
    sessionStorage.setItem(TRIED, thisBuild());
    return true;
  } catch {
    return false;
  }
}

/**
 * A part of the page that is gone means that the server was updated: the page is loaded anew,
 * but once. One that stays away would go on for ever, and an edit would be lost each time.
 */
export function missingPart(): void {
  if (!isEditing() && isFirstTime()) location.reload();
  else {
    insist("A part of this page could not be loaded.", {
      name: "Reload",
      run: () => location.reload(),
    });
  }
}
