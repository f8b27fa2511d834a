import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";

interface Props {
  /** A key is stored. It is never shown. */
  has: boolean;
  /** Null keeps what is stored, an empty text removes it. */
  value: string | null;
  optional?: boolean;
  error?: string | undefined;
  onChange: (value: string | null) => void;
}

export function KeyField({ has, value, optional, error, onChange }: Props) {
  const keeps = has && value === null;
  const removes = has && value === "";
  return (
    <Field label="API key" help={help(keeps, removes, optional ?? false)} error={error}>
      {(ids) =>
        keeps ? (
          <div className="key-set">
            <span className="m">
              <Glyph name="check" /> Key set
            </span>
            <Button {...ids} size="small" onClick={() => onChange("")}>
              Replace or remove
            </Button>
          </div>
        ) : (
          <div className="key-set">
            <Input
              {...ids}
              mono
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={value ?? ""}
              placeholder={removes ? "No key" : ""}
              onChange={(event) => onChange(event.target.value)}
            />
            {has && (
              <Button look="text" onClick={() => onChange(null)}>
                Keep
              </Button>
            )}
          </div>
        )
      }
    </Field>
  );
}

function help(keeps: boolean, removes: boolean, optional: boolean): string {
  if (keeps) return "It is never shown again.";
  if (removes) return "Left empty, saving removes the key.";
  return optional ? "Only if the server asks for one." : "";
}
