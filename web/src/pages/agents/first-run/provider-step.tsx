import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateProviderRequest, Provider } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { fieldError } from "../settings/parts/field-error";
import { refreshModels } from "../settings/providers/queries";
import { OFFERS, type Offer } from "./steps";

export function ProviderStep() {
  const [offer, setOffer] = useState<Offer | undefined>(OFFERS[0]);
  const [key, setKey] = useState("");
  const [address, setAddress] = useState("");
  const save = useMutation({
    mutationFn: (body: CreateProviderRequest) => api.post<Provider>("/chats/providers", body),
    onSuccess: refreshModels,
  });
  const choose = (next: Offer) => {
    save.reset();
    setOffer(next);
    setAddress(next.baseUrl ?? "");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!offer) return;
    const { provider } = offer;
    save.mutate(
      offer.baseUrl
        ? { provider, base_url: address.trim(), display_name: "Ollama" }
        : { provider, api_key: key },
    );
  };
  const at = (field: string) => fieldError(save.error, field);
  // What is wrong with a field that this short form lacks is said below it.
  const shown = offer?.baseUrl ? at("base_url") : at("api_key");
  const missing = offer?.baseUrl ? address.trim() === "" : key.trim() === "";
  return (
    <form onSubmit={submit} className="offers">
      <fieldset className="choices">
        <legend className="vh">Provider</legend>
        {OFFERS.map((one) => (
          <label key={one.id} className="choice">
            <input
              type="radio"
              name="provider"
              checked={offer?.id === one.id}
              onChange={() => choose(one)}
            />
            <span>
              <b>{one.name}</b>
              <small>{one.about}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="form stacked">
        {offer?.baseUrl ? (
          <Field label="Address" error={at("base_url")}>
            {(ids) => (
              <Input
                {...ids}
                mono
                inputMode="url"
                value={address}
                onChange={(event) => setAddress(event.target.value)}
              />
            )}
          </Field>
        ) : (
          <Field label={`API key of ${offer?.name ?? ""}`} error={at("api_key")}>
            {(ids) => (
              <Input
                {...ids}
                mono
                type="password"
                spellCheck={false}
                value={key}
                onChange={(event) => {
                  save.reset();
                  setKey(event.target.value);
                }}
              />
            )}
          </Field>
        )}
      </div>
      {save.isError && !shown && (
        <p className="help bad" role="alert">
          <Glyph name="error" /> {errorText(save.error)}
        </p>
      )}
      <p className="setup-acts">
        <Button look="primary" type="submit" disabled={save.isPending || missing}>
          {save.isPending ? "Asking the provider" : "Save and test"}
        </Button>
        <Link to="/agents/settings/providers" className="btn text">
          Another provider
        </Link>
      </p>
    </form>
  );
}
