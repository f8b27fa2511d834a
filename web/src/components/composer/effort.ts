/** `xhigh` is "Extra high"; what a later server offers is shown as it is named. */
export function effortWord(effort: string): string {
  if (effort === "xhigh") return "Extra high";
  return effort.slice(0, 1).toUpperCase() + effort.slice(1);
}
