// Runs before the first paint, so that a chosen theme does not flash. The policy forbids
// inline scripts, hence a file.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("muster.theme");
  } catch {}
  const dark =
    chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
