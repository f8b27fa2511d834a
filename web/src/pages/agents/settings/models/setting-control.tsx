import type { SettingField } from "@/api/generated/types";
import { Checkbox, Field, Input, Select, TextArea } from "@/components/ui/form";

interface Props {
  field: SettingField;
  label: string;
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

const LINES: Partial<Record<SettingField["kind"], string>> = {
  texts: "One per line.",
  domains: "One domain per line.",
  text_map: "One “name = value” per line.",
  number_map: "One “name = number” per line.",
  objects: "JSON.",
  object: "JSON.",
  json: "JSON.",
};

const CODE = new Set<SettingField["kind"]>(["objects", "object", "json"]);

/** One setting, by its kind. Left empty it is not sent. */
export function SettingControl({ field, label, text, error, onChange }: Props) {
  const { kind, help, choices } = field;
  if (kind === "choices") return <Choices {...{ field, label, text, error, onChange }} />;
  const more = LINES[kind];
  return (
    <Field label={label} help={more ? `${help} ${more}` : help} error={error}>
      {(ids) => {
        if (kind === "flag" || kind === "choice") {
          const all = kind === "flag" ? ["true", "false"] : (choices ?? []);
          return (
            <Select {...ids} value={text} onChange={(event) => onChange(event.target.value)}>
              <option value="">Default</option>
              {all.map((one) => (
                <option key={one} value={one}>
                  {kind === "flag" ? (one === "true" ? "On" : "Off") : one}
                </option>
              ))}
            </Select>
          );
        }
        if (more || kind === "paragraph") {
          return (
            <TextArea
              {...ids}
              rows={3}
              className={CODE.has(kind) ? "mono" : ""}
              value={text}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        }
        const number = kind === "whole" || kind === "number";
        return (
          <Input
            {...ids}
            short={number}
            inputMode={number ? "decimal" : "text"}
            placeholder="Default"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}

function Choices({ field, label, text, error, onChange }: Props) {
  const chosen = text.split("\n").filter(Boolean);
  const toggle = (one: string, on: boolean) => {
    const next = (field.choices ?? []).filter((all) => (all === one ? on : chosen.includes(all)));
    onChange(next.join("\n"));
  };
  return (
    <Field label={label} help={field.help} error={error}>
      {(ids) => (
        <div {...ids} role="group" aria-label={label} className="checks">
          {field.choices?.map((one) => (
            // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is a control
            <label key={one}>
              <Checkbox
                checked={chosen.includes(one)}
                onCheckedChange={(on) => toggle(one, on === true)}
              />
              <code>{one}</code>
            </label>
          ))}
        </div>
      )}
    </Field>
  );
}
