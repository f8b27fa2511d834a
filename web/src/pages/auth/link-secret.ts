/** The secret of a one-time link. It sits in the fragment, which no server ever sees. */
export function takeSecret(): string | null {
  const secret = new URLSearchParams(location.hash.slice(1)).get("secret");
  if (secret) history.replaceState(history.state, "", location.pathname + location.search);
  return secret;
}
