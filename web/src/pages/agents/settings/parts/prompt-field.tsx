import { useId } from "react";
import { Button } from "@/components/ui/button";
import { TextArea } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { countInvisible, withoutInvisible } from "@/lib/invisible";

/** Bytes of a prompt: the server's limit. */
export const PROMPT_BYTES_MAX = 128 * 1024;
const COUNTED_FROM = 0.9;

/** Bytes as the server counts them. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

interface Props {
  label: string;
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
  error?: string | undefined;
}

/** A long text that models will read: says what people could not see in it. */
export function PromptField({ label, value, onChange, placeholder, error }: Props) {
  const id = useId();
  const hidden = countInvisible(value);
  const size = bytesOf(value);
  const tooLong = size > PROMPT_BYTES_MAX;
  const problem = error ?? (tooLong ? "This is longer than the server takes." : undefined);
  return (
    <div className="prompt-field">
      <label className="vh" htmlFor={id}>
        {label}
      </label>
      <TextArea
        id={id}
        dir="auto"
        rows={9}
        value={value}
        placeholder={placeholder}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-about`}
        onChange={(event) => onChange(event.target.value)}
      />
      <div id={`${id}-about`}>
        {size > PROMPT_BYTES_MAX * COUNTED_FROM && (
          <p className="help num">
            {size.toLocaleString("en-US")} of {PROMPT_BYTES_MAX.toLocaleString("en-US")} bytes
          </p>
        )}
        {problem && (
          <p className="help bad" role="alert">
            <Glyph name="error" />
            {problem}
          </p>
        )}
        {hidden > 0 && (
          <div className="hidden-chars" role="status">
            <Glyph name="warn" className="warn" />
            <span>
              {hidden === 1
                ? "1 character in this text is invisible."
                : `${hidden} characters in this text are invisible.`}{" "}
              Saving removes {hidden === 1 ? "it" : "them"}.
            </span>
            <Button size="small" onClick={() => onChange(withoutInvisible(value))}>
              Remove now
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
