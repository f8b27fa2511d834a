import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { Provider } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Field, Input, Switch } from "@/components/ui/form";
import { complain, say } from "@/components/ui/toast";
import { plain } from "@/lib/plain";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { changed, createOf, draftOf, isStored, type ProviderDraft, updateOf } from "./draft";
import { KeyField } from "./key-field";
import { refreshModels } from "./queries";

/** Where a server of models on this machine listens, unless it was told otherwise. */
export const OLLAMA = "http://127.0.0.1:11434/v1";

interface Props {
  provider: Provider;
  /** Names of the models that use it. */
  models: string[];
  onClose: () => void;
}

export function ProviderForm({ provider, models, onClose }: Props) {
  const stored = isStored(provider);
  const [draft, setDraft] = useState<ProviderDraft>(() => draftOf(provider));
  const save = useMutation({
    mutationFn: () =>
      stored
        ? api.patch<Provider>(`/chats/providers/${provider.id}`, updateOf(draft, provider))
        : api.post<Provider>("/chats/providers", createOf(draft, provider.provider)),
    onSuccess: async (saved) => {
      await refreshModels();
      setDraft(draftOf(saved));
    },
  });
  const edit = (change: Partial<ProviderDraft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  const at = (name: string) => fieldError(save.error, name);
  const named = ["api_key", "base_url", "region", "display_name"].some(at);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const compatible = provider.provider === "openai-compat";
  return (
    <Section title={plain(provider.display_name || provider.provider)} note={note(provider)}>
      <form onSubmit={submit}>
        <div className="form">
          <KeyField
            has={stored && provider.has_api_key}
            value={draft.apiKey}
            optional={compatible}
            error={at("api_key")}
            onChange={(apiKey) => edit({ apiKey })}
          />
          <Field
            label="Address"
            help={
              <AddressHelp kind={provider.provider} onChoose={(baseUrl) => edit({ baseUrl })} />
            }
            error={at("base_url")}
          >
            {(ids) => (
              <Input
                {...ids}
                mono
                inputMode="url"
                placeholder={compatible ? "http://…/v1" : "Usual address"}
                value={draft.baseUrl}
                onChange={(event) => edit({ baseUrl: event.target.value })}
              />
            )}
          </Field>
          {provider.provider === "bedrock" && (
            <Field label="Region" help="Such as us-east-1." error={at("region")}>
              {(ids) => (
                <Input
                  {...ids}
                  mono
                  value={draft.region}
                  onChange={(event) => edit({ region: event.target.value })}
                />
              )}
            </Field>
          )}
          <Field label="Name" help="Only for this page." error={at("display_name")}>
            {(ids) => (
              <Input
                {...ids}
                placeholder={provider.display_name}
                value={draft.displayName}
                onChange={(event) => edit({ displayName: event.target.value })}
              />
            )}
          </Field>
          <span className="lab">Enabled</span>
          <div className="swrow">
            <Switch
              aria-label="Enabled"
              checked={draft.enabled}
              onCheckedChange={(enabled) => edit({ enabled })}
            />
            Its models can be used
          </div>
        </div>
        <SaveBar
          changes={changed(draft, provider).length}
          saving={save.isPending}
          saved={save.isSuccess}
          always={!stored}
          verb="Save and test"
          busyVerb="Asking the provider"
          note="Saving asks the provider whether it answers."
          error={save.isError && !named ? errorText(save.error) : undefined}
          onDiscard={() => (stored ? edit(draftOf(provider)) : onClose())}
          end={stored && <Remove provider={provider} models={models} onDone={onClose} />}
        />
      </form>
    </Section>
  );
}

function note(provider: Provider): string {
  if (provider.source === "supported") return "Not set up";
  return provider.has_api_key ? "Key set" : "No key";
}

function AddressHelp({ kind, onChoose }: { kind: string; onChoose: (address: string) => void }) {
  if (kind === "azure") return <>The address of your resource. Azure has no usual one.</>;
  if (kind !== "openai-compat") return <>Empty for the usual address.</>;
  return (
    <>
      Any server that speaks this format.{" "}
      <button type="button" className="link" onClick={() => onChoose(OLLAMA)}>
        Ollama on this machine
      </button>
    </>
  );
}

function Remove({ provider, models, onDone }: Omit<Props, "onClose"> & { onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.delete(`/chats/providers/${provider.id}`),
    onSuccess: async () => {
      onDone();
      await refreshModels();
      say("Provider removed.");
    },
    onError: (error) => complain("Not removed.", error),
    onSettled: () => setAsking(false),
  });
  const about =
    models.length === 0
      ? "Its key is deleted. No model uses it."
      : `Its key is deleted. These models stop working: ${models.join(", ")}.`;
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove provider
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Remove ${plain(provider.display_name || provider.provider)}?`}
        about={about}
        verb="Remove"
        dangerous
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}
