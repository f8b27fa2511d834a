/** Installs the worker that keeps hashed files and the offline page. Not while developing. */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => {
      // Forbidden here (no https, private window): the page works without it.
    });
  });
}
