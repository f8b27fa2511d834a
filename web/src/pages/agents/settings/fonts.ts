/** The fonts that the server knows, by its names; empty is the default. */
export const TERMINAL_FONTS = [
  { id: "", name: "JetBrains Mono (default)", family: '"JetBrains Mono Variable"' },
  { id: "ibm-plex-mono", name: "IBM Plex Mono", family: '"IBM Plex Mono"' },
  { id: "fira-code", name: "Fira Code", family: '"Fira Code"' },
  { id: "source-code-pro", name: "Source Code Pro", family: '"Source Code Pro"' },
  { id: "geist-mono", name: "Geist Mono", family: '"Geist Mono"' },
];

/** The stack to set terminals in. What this device lacks falls back to the font we bring. */
export function terminalFamily(id: string): string {
  const found = TERMINAL_FONTS.find((font) => font.id === id);
  const first = found ? `${found.family}, ` : "";
  return `${first}"JetBrains Mono Variable", ui-monospace, monospace`;
}
