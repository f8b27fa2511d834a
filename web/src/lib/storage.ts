// Local storage may be full or forbidden; nothing may depend on it.

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`muster.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`muster.${name}`);
    else localStorage.setItem(`muster.${name}`, value);
  } catch {
    // Nothing to do: the value lasts as long as this page.
  }
}
