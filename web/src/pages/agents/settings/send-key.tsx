import { type SendKey, setSendKey, useSendKey } from "@/lib/send-key";
import { Section } from "./parts/section";

const CHOICES: { key: SendKey; words: string; note: string }[] = [
  { key: "enter", words: "Enter sends", note: "Shift Enter begins a new line." },
  {
    key: "mod_enter",
    words: "Ctrl Enter sends",
    note: "Enter begins a new line. On a Mac it is Command Enter.",
  },
];

/** Which key sends a message; it holds at once. */
export function SendKeySection() {
  const chosen = useSendKey();
  return (
    <Section title="Sending" about="On touch keyboards Enter always begins a new line.">
      <div className="choices" role="radiogroup" aria-label="Key that sends">
        {CHOICES.map(({ key, words, note }) => (
          <label key={key} className="choice">
            <input
              type="radio"
              name="send-key"
              checked={chosen === key}
              onChange={() => setSendKey(key)}
            />
            <span>
              <b>{words}</b>
              <small>{note}</small>
            </span>
          </label>
        ))}
      </div>
    </Section>
  );
}
