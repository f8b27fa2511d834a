// The colours and the type of a terminal, out of the tokens of the page.
import type { ITheme } from "@xterm/xterm";

/** The tokens, as the page has them now. */
export function themeOf(element: Element): ITheme {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const [ink, soft, faint] = [token("ink"), token("ink-2"), token("ink-3")];
  const [bad, good, warn] = [token("bad"), token("good"), token("warn")];
  const [blue, magenta, cyan] = [token("accent"), token("code-kw"), token("code-fn")];
  return {
    background: token("edge"),
    foreground: ink,
    cursor: ink,
    cursorAccent: token("edge"),
    selectionBackground: token("select"),
    black: faint,
    red: bad,
    green: good,
    yellow: warn,
    blue,
    magenta,
    cyan,
    white: soft,
    brightBlack: faint,
    brightRed: bad,
    brightGreen: good,
    brightYellow: warn,
    brightBlue: blue,
    brightMagenta: magenta,
    brightCyan: cyan,
    brightWhite: ink,
  };
}

/** Calls back when the page changes between light and dark. */
export function onTheme(changed: () => void): () => void {
  const watcher = new MutationObserver(changed);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => watcher.disconnect();
}
