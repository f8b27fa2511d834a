import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { plain } from "@/lib/plain";
import { type LabelProblem, type Labels, labelOf } from "./labels";

interface Props {
  labels: Labels;
  problem: LabelProblem | null;
  onChange: (labels: Labels) => void;
  autoFocus?: boolean;
}

const FORM = "Write it as key:value, such as team:billing.";

/** Labels as chips that can be removed, and a field for one more. */
export function LabelEditor({ labels, problem, onChange, autoFocus = false }: Props) {
  const about = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const add = () => {
    if (text.trim() === "") return;
    const label = labelOf(text);
    setWrong(label === null);
    if (!label) return;
    onChange({ ...labels, [label[0]]: label[1] });
    setText("");
  };
  const remove = (key: string) => {
    const { [key]: _, ...rest } = labels;
    onChange(rest);
  };
  const words = wrong ? FORM : problem && problemWords(problem);
  return (
    <div className="label-editor">
      <LabelChips labels={labels} wrong={problem?.key ?? null} onRemove={remove} />
      <div className="label-add">
        <Input
          autoFocus={autoFocus}
          aria-label="New label"
          aria-describedby={about}
          aria-invalid={wrong}
          placeholder="key:value"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
        <Button size="small" disabled={text.trim() === ""} onClick={add}>
          Add
        </Button>
      </div>
      <div id={about}>
        {words && (
          <p className="help bad" role="alert">
            <Glyph name="error" /> {words}
          </p>
        )}
      </div>
    </div>
  );
}

function problemWords({ key, words }: LabelProblem): string {
  return key === null ? `Labels: ${words}` : `${plain(key)}: ${words}`;
}

interface ChipsProps {
  labels: Labels;
  wrong?: string | null;
  onRemove?: (key: string) => void;
}

export function LabelChips({ labels, wrong = null, onRemove }: ChipsProps) {
  const all = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b));
  if (all.length === 0) return null;
  return (
    <ul className="chips" aria-label="Labels">
      {all.map(([key, value]) => {
        const name = plain(`${key}:${value}`);
        return (
          <li key={key}>
            <span className={`chip label ${key === wrong ? "wrong" : ""}`} title={name}>
              <span className="cut">{name}</span>
              {onRemove && (
                <button
                  type="button"
                  className="chip-x"
                  aria-label={`Remove ${name}`}
                  onClick={() => onRemove(key)}
                >
                  <Glyph name="close" />
                </button>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
