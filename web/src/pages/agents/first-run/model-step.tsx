import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateModelConfigRequest, ModelConfig, Provider } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { fieldError } from "../settings/parts/field-error";
import { refreshModels } from "../settings/providers/queries";

const CONTEXT = "200000";

export function ModelStep({ providers }: { providers: Provider[] }) {
  const [provider, setProvider] = useState(providers[0]?.provider ?? "");
  const [model, setModel] = useState("");
  const [context, setContext] = useState(CONTEXT);
  const add = useMutation({
    mutationFn: (body: CreateModelConfigRequest) =>
      api.post<ModelConfig>("/chats/model-configs", body),
    onSuccess: refreshModels,
  });
  const at = (field: string) => fieldError(add.error, field);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate({ provider, model: model.trim(), context_limit: Number(context) || 0 });
  };
  return (
    <form onSubmit={submit} className="offers">
      <div className="form stacked">
        {providers.length > 1 && (
          <Field label="Provider">
            {(ids) => (
              <Select
                {...ids}
                value={provider}
                onChange={(event) => setProvider(event.target.value)}
              >
                {providers.map((one) => (
                  <option key={one.provider} value={one.provider}>
                    {one.display_name || one.provider}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field
          label="Identifier"
          help="The provider’s name for the model, as its documentation writes it."
          error={at("model")}
        >
          {(ids) => (
            <Input {...ids} mono value={model} onChange={(event) => setModel(event.target.value)} />
          )}
        </Field>
        <Field label="Context limit" help="Tokens." error={at("context_limit")}>
          {(ids) => (
            <Input
              {...ids}
              short
              inputMode="numeric"
              value={context}
              onChange={(event) => setContext(event.target.value)}
            />
          )}
        </Field>
      </div>
      {add.isError && !at("model") && !at("context_limit") && (
        <p className="help bad" role="alert">
          <Glyph name="error" /> {errorText(add.error)}
        </p>
      )}
      <p className="setup-acts">
        <Button look="primary" type="submit" disabled={add.isPending || model.trim() === ""}>
          {add.isPending ? "Adding" : "Add model"}
        </Button>
      </p>
    </form>
  );
}
