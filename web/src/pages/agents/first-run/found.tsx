import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { api, errorText } from "@/api/client";
import type {
  CreateModelConfigRequest,
  CreateProviderRequest,
  KeyOffer,
  LocalOffer,
  ModelConfig,
  Provider,
  ProviderOffers,
} from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { plural } from "@/lib/format";
import { refreshModels } from "../settings/providers/queries";

/** Tokens. Servers on one's own machine seldom say how much a model takes. */
const LOCAL_CONTEXT = 32_768;

/** What the server has found and may not use before somebody says so. */
export function useOffers() {
  return useQuery({
    queryKey: ["offers"],
    queryFn: ({ signal }) => api.get<ProviderOffers>("/chats/providers/offers", undefined, signal),
    staleTime: 5_000,
  });
}

function Problem({ error }: { error: unknown }) {
  return (
    <p className="help bad" role="alert">
      <Glyph name="error" /> {errorText(error)}
    </p>
  );
}

interface KeysProps {
  keys: KeyOffer[];
  /** Beside the decisive button. */
  children?: ReactNode;
}

export function FoundKeys({ keys, children }: KeysProps) {
  const base = useId();
  const [refused, setRefused] = useState<string[]>([]);
  const wanted = keys.filter((key) => !refused.includes(key.provider));
  const use = useMutation({
    // One after the other: the first that its provider refuses is the one to talk about.
    mutationFn: async (offers: KeyOffer[]) => {
      for (const { provider } of offers) {
        const body: CreateProviderRequest = { provider, environment_key: true };
        await api.post<Provider>("/chats/providers", body);
      }
    },
    onSettled: refreshModels,
  });
  const many = wanted.length !== 1;
  return (
    <section aria-label="Keys of the environment">
      <ul className="found">
        {keys.map((key) => (
          <li key={key.provider}>
            <Checkbox
              id={`${base}-${key.provider}`}
              checked={wanted.includes(key)}
              onCheckedChange={(on) => {
                use.reset();
                const others = refused.filter((one) => one !== key.provider);
                setRefused(on === true ? others : [...others, key.provider]);
              }}
            />
            <label htmlFor={`${base}-${key.provider}`}>
              <span className="found-name">{key.variable}</span>
              <small>
                Requests would go to {key.display_name} at {key.destination}
              </small>
            </label>
          </li>
        ))}
      </ul>
      {use.isError && <Problem error={use.error} />}
      <p className="setup-acts">
        <Button
          look="primary"
          disabled={use.isPending || wanted.length === 0}
          onClick={() => use.mutate(wanted)}
        >
          {use.isPending
            ? "Asking the provider"
            : `Use ${many ? `these ${wanted.length} keys` : "this key"}`}
        </Button>
        {children}
      </p>
    </section>
  );
}

export function FoundLocal({ offer }: { offer: LocalOffer }) {
  const [open, setOpen] = useState(false);
  const add = useMutation({
    mutationFn: async (model: string) => {
      const provider = "openai-compat";
      const stored = await api.get<Provider[]>("/chats/providers");
      if (!stored.some((one) => one.provider === provider && one.source === "database")) {
        const body: CreateProviderRequest = {
          provider,
          base_url: offer.base_url,
          display_name: offer.name,
        };
        await api.post<Provider>("/chats/providers", body);
      }
      const body: CreateModelConfigRequest = { provider, model, context_limit: LOCAL_CONTEXT };
      await api.post<ModelConfig>("/chats/model-configs", body);
    },
    onSettled: refreshModels,
  });
  const count = offer.models.length;
  return (
    <section aria-label={offer.name}>
      <ul className="found local">
        <li className="wide">
          <span>
            {offer.name} answers on this machine
            {count > 0 ? `, ${plural(count, "model")}` : ", without a model"}
            <small>Nothing leaves it. Small models are weak at using tools.</small>
          </span>
          {count > 0 && !open && <Button onClick={() => setOpen(true)}>Choose models</Button>}
        </li>
        {open &&
          offer.models.map((model) => (
            <li key={model} className="wide">
              <code>{model}</code>
              <Button size="small" disabled={add.isPending} onClick={() => add.mutate(model)}>
                {add.isPending && add.variables === model ? "Adding" : "Add"}
                <span className="vh"> {model}</span>
              </Button>
            </li>
          ))}
      </ul>
      {add.isError && <Problem error={add.error} />}
    </section>
  );
}
