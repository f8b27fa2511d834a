import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, api, errorText } from "@/api/client";
import type { ModelConfig, Provider, ProviderSchema } from "@/api/generated/types";
import { Field, Input, Select, Switch } from "@/components/ui/form";
import { Empty } from "@/components/ui/states";
import { plain } from "@/lib/plain";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { refreshModels } from "../providers/queries";
import { changes, check, draftOf, type ModelDraft, NEW_MODEL } from "./draft";
import { MoreSettings } from "./more-settings";
import { Prices } from "./prices";
import { RemoveModel } from "./remove";
import { nameOf } from "./words";

interface Props {
  /** Absent while one is being added. */
  model: ModelConfig | undefined;
  providers: Provider[];
  schemas: ProviderSchema[];
  onOpen: (model: string | undefined) => void;
}

function start({ model, providers, schemas }: Props): ModelDraft {
  const schema = schemas.find((one) => one.provider === model?.provider);
  if (model && schema) return draftOf(model, schema);
  return { ...NEW_MODEL, provider: providers[0]?.provider ?? "" };
}

export function ModelForm(props: Props) {
  const { model, providers, schemas, onOpen } = props;
  const [before, setBefore] = useState(() => start(props));
  const [draft, setDraft] = useState(before);
  const [tried, setTried] = useState(false);
  const schema = schemas.find((one) => one.provider === draft.provider);
  const save = useMutation({
    mutationFn: (body: unknown) =>
      model
        ? api.patch<ModelConfig>(`/chats/model-configs/${model.id}`, body)
        : api.post<ModelConfig>("/chats/model-configs", body),
    onSuccess: async (saved) => {
      await refreshModels();
      if (!model) return onOpen(saved.id);
      const stored = schema ? draftOf(saved, schema) : draft;
      setBefore(stored);
      setDraft(stored);
      setTried(false);
    },
  });
  if (!schema) return <Empty title="This provider is not known any more">{draft.provider}</Empty>;
  const checked = check(draft, schema);
  const refused = save.error instanceof ApiError ? save.error : undefined;
  const error = (name: string) =>
    (tried ? checked.problems[name] : undefined) ?? fieldError(refused, name);
  const elsewhere = refused?.validations.filter((one) => !isShown(one.field)) ?? [];
  const edit = (change: Partial<ModelDraft>) => {
    save.reset();
    setDraft((old) => ({ ...old, ...change }));
  };
  const set = (path: string, text: string) =>
    edit({ settings: { ...draft.settings, [path]: text } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(checked.problems).length === 0) save.mutate(checked.body);
  };
  const provider = providers.find((one) => one.provider === draft.provider);
  return (
    <Section
      title={model ? nameOf(model) : "New model"}
      note={provider ? `${schema.display_name}${keyNote(provider)}` : schema.display_name}
    >
      <form onSubmit={submit} noValidate>
        <div className="form">
          {!model && (
            <Field label="Provider" error={error("provider")}>
              {(ids) => (
                <Select
                  {...ids}
                  value={draft.provider}
                  onChange={(event) => edit({ provider: event.target.value, settings: {} })}
                >
                  {providers.map((one) => (
                    <option key={one.provider} value={one.provider}>
                      {plain(one.display_name || one.provider)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
          <Field label="Identifier" help="The provider’s name for it." error={error("model")}>
            {(ids) => (
              <Input
                {...ids}
                mono
                value={draft.model}
                onChange={(event) => edit({ model: event.target.value })}
              />
            )}
          </Field>
          <Field label="Display name" error={error("display_name")}>
            {(ids) => (
              <Input
                {...ids}
                placeholder={draft.model}
                value={draft.displayName}
                onChange={(event) => edit({ displayName: event.target.value })}
              />
            )}
          </Field>
          <Field
            label="Context limit"
            help="Tokens. Earlier messages are summarised at the share below."
            error={error("context_limit")}
          >
            {(ids) => (
              <Input
                {...ids}
                short
                inputMode="numeric"
                value={draft.context}
                onChange={(event) => edit({ context: event.target.value })}
              />
            )}
          </Field>
          <Field label="Summarise at" error={error("compression_threshold")}>
            {(ids) => (
              <span className="unit">
                <Input
                  {...ids}
                  short
                  inputMode="numeric"
                  value={draft.threshold}
                  onChange={(event) => edit({ threshold: event.target.value })}
                />
                %
              </span>
            )}
          </Field>
          <Prices texts={draft.settings} error={error} onChange={set} />
          <span className="lab">Enabled</span>
          <div className="swrow">
            <Switch
              aria-label="Enabled"
              checked={draft.enabled}
              onCheckedChange={(enabled) => edit({ enabled })}
            />
            People can choose it
          </div>
          <span className="lab">Default</span>
          <div className="swrow">
            <Switch
              aria-label="Default"
              checked={draft.isDefault}
              disabled={before.isDefault}
              onCheckedChange={(isDefault) => edit({ isDefault })}
            />
            {before.isDefault
              ? "New chats begin with it. To change that, make another one the default."
              : "New chats begin with it"}
          </div>
        </div>
        <MoreSettings schema={schema} draft={draft} error={error} onChange={set} />
        <SaveBar
          changes={changes(draft, before)}
          saving={save.isPending}
          saved={save.isSuccess}
          always={!model}
          error={
            refused && refused.validations.length > 0 && elsewhere.length === 0
              ? undefined
              : save.isError
                ? errorText(save.error)
                : undefined
          }
          onDiscard={() => {
            edit(before);
            if (!model) onOpen(undefined);
          }}
          end={model && <RemoveModel model={model} onDone={() => onOpen(undefined)} />}
        />
      </form>
    </Section>
  );
}

const SHOWN = ["provider", "model", "display_name", "context_limit", "compression_threshold"];

function isShown(field: string): boolean {
  return SHOWN.includes(field) || field.startsWith("model_config.");
}

function keyNote(provider: Provider): string {
  if (provider.source === "env_preset") return ", key from the environment";
  return provider.has_api_key ? ", key set" : ", no key";
}
