import type { ProviderSchema } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import type { ModelDraft } from "./draft";
import { SettingControl } from "./setting-control";
import { fieldsOf, wireOf } from "./settings-form";
import { labelOf } from "./words";

interface Props {
  schema: ProviderSchema;
  draft: ModelDraft;
  error: (name: string) => string | undefined;
  onChange: (path: string, text: string) => void;
}

/** Everything else that the server's schema knows about a model of this provider. */
export function MoreSettings({ schema, draft, error, onChange }: Props) {
  const wire = wireOf(schema, draft.model.trim(), draft.settings.wire_api ?? "");
  const fields = fieldsOf(schema, wire);
  const choice = schema.fields.find((field) => field.name === "wire_api");
  const all = choice ? [{ field: choice, path: "wire_api" }, ...fields] : fields;
  const used = all.filter(({ path }) => (draft.settings[path] ?? "") !== "").length;
  const wrong = all.some(({ path }) => error(`model_config.${path}`) !== undefined);
  return (
    <details className="more" open={wrong || undefined}>
      <summary>
        <Glyph name="right" />
        More settings
        <span className="q">{used > 0 ? `${used} of ${all.length} set` : `${all.length}`}</span>
      </summary>
      <div className="form">
        {all.map(({ field, path }) => (
          <SettingControl
            key={path}
            field={field}
            label={labelAt(path, schema.options_key)}
            text={draft.settings[path] ?? ""}
            error={error(`model_config.${path}`)}
            onChange={(text) => onChange(path, text)}
          />
        ))}
      </div>
    </details>
  );
}

/** `provider_options.openai.prediction.content` → "Prediction: content". */
function labelAt(path: string, key: string): string {
  const [group, ...rest] = path.replace(`provider_options.${key}.`, "").split(".");
  const inner = rest.map((name) => labelOf(name).toLowerCase());
  return [labelOf(group ?? path), ...inner].join(": ");
}
