import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateTokenRequest, CreateTokenResponse, TokenConfig } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { fieldError } from "./parts/field-error";
import { allowedLives, LIVES, lifetimeNanos } from "./token-life";

const NAME_CHARS_MAX = 64;

interface Props {
  onDone: (made: CreateTokenResponse) => void;
  onCancel: () => void;
}

export function TokenForm({ onDone, onCancel }: Props) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(30);
  const config = useQuery({
    queryKey: ["token-config"],
    queryFn: ({ signal }) =>
      api.get<TokenConfig>("/users/me/keys/tokens/tokenconfig", undefined, signal),
  });
  const most = config.data ? Number(config.data.max_token_lifetime) : undefined;
  const lives = most === undefined ? LIVES : allowedLives(most);
  const create = useMutation({
    mutationFn: (body: CreateTokenRequest) =>
      api.post<CreateTokenResponse>("/users/me/keys/tokens", body),
    onSuccess: onDone,
  });
  const at = (field: string) => fieldError(create.error, field);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ token_name: name.trim(), lifetime: lifetimeNanos(days) });
  };
  return (
    <form onSubmit={submit} className="inset">
      <div className="form">
        <Field label="Name" help="What uses it, such as “nightly build”." error={at("token_name")}>
          {(ids) => (
            <Input
              {...ids}
              autoFocus
              required
              maxLength={NAME_CHARS_MAX}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Ends after" error={at("lifetime")}>
          {(ids) => (
            <Select {...ids} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {lives.map((life) => (
                <option key={life.days} value={life.days}>
                  {life.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="savebar">
        <Button look="primary" type="submit" disabled={create.isPending || name.trim() === ""}>
          {create.isPending ? "Creating" : "Create token"}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        {create.isError && !at("token_name") && !at("lifetime") && (
          <span className="bad" role="alert">
            <Glyph name="error" /> {errorText(create.error)}
          </span>
        )}
      </div>
    </form>
  );
}
