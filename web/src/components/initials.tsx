/** Two letters for a person. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const letters =
    words.length > 1
      ? words.slice(0, 2).map((word) => [...word][0])
      : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

export function Initials({ name }: { name: string }) {
  return (
    <span className="who" aria-hidden="true">
      {initials(name)}
    </span>
  );
}
