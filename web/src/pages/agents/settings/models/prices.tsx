import { useId } from "react";
import { Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { PRICES, pricePath, type Texts } from "./settings-form";

const NAMES = {
  input: "Input",
  output: "Output",
  cache_read: "Cache read",
  cache_write: "Cache write",
} as const;

interface Props {
  texts: Texts;
  error: (name: string) => string | undefined;
  onChange: (path: string, text: string) => void;
}

export function Prices({ texts, error, onChange }: Props) {
  const id = useId();
  const problem = PRICES.map((name) => error(`model_config.${pricePath(name)}`)).find(Boolean);
  const unpriced = PRICES.every((name) => !texts[pricePath(name)]?.trim());
  return (
    <>
      <span className="lab">Price per million</span>
      <div>
        <div className="rowf">
          {PRICES.map((name) => (
            <div key={name}>
              <span className="money">
                <Input
                  id={`${id}-${name}`}
                  short
                  inputMode="decimal"
                  placeholder="None"
                  value={texts[pricePath(name)] ?? ""}
                  aria-invalid={error(`model_config.${pricePath(name)}`) !== undefined}
                  aria-describedby={`${id}-about`}
                  onChange={(event) => onChange(pricePath(name), event.target.value)}
                />
              </span>
              <label className="help" htmlFor={`${id}-${name}`}>
                {NAMES[name]}
              </label>
            </div>
          ))}
        </div>
        <div id={`${id}-about`}>
          {problem && (
            <p className="help bad" role="alert">
              <Glyph name="error" /> {problem}
            </p>
          )}
          {!problem && unpriced && (
            <p className="help warn">
              <Glyph name="warn" /> Without prices its use counts for no limit. Enter 0 if it is
              free.
            </p>
          )}
        </div>
      </div>
    </>
  );
}
