import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { SetUsageLimitRequest } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { dollarText, microsOf } from "@/lib/money";
import { fieldError } from "../parts/field-error";
import { LeaveGuard } from "../parts/leave-guard";
import { refreshUsage } from "./refresh";

interface Props {
  /** Whose limit it is: a part of the address. */
  path: string;
  /** For those who can't see which row it is. */
  name: string;
  /** Null while there is none. */
  micros: number | null;
  onDone?: () => void;
}

/** One limit: its amount, Save, and Remove where there is one. */
export function Override({ path, name, micros, onDone }: Props) {
  const stored = micros === null ? "" : dollarText(micros);
  const [text, setText] = useState(stored);
  const done = async () => {
    await refreshUsage();
    onDone?.();
  };
  const save = useMutation({
    mutationFn: (body: SetUsageLimitRequest) => api.put(path, body),
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: () => api.delete(path),
    onSuccess: async () => {
      setText("");
      await done();
    },
  });
  const amount = microsOf(text);
  const error = save.error ?? remove.error;
  const problem =
    fieldError(save.error, "spend_limit_micros") ??
    (error ? errorText(error) : undefined) ??
    (text !== "" && !amount ? "An amount of dollars above 0." : undefined);
  const busy = save.isPending || remove.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (amount) save.mutate({ spend_limit_micros: amount });
  };
  return (
    <form className="override" onSubmit={submit}>
      <span className="money">
        <Input
          short
          inputMode="decimal"
          placeholder="None"
          aria-label={`Limit of ${name} in dollars`}
          aria-invalid={problem !== undefined}
          value={text}
          onChange={(event) => {
            save.reset();
            remove.reset();
            setText(event.target.value);
          }}
        />
      </span>
      <Button type="submit" size="small" disabled={busy || !amount || text === stored}>
        {save.isPending ? "Saving" : "Save"}
        <span className="vh"> the limit of {name}</span>
      </Button>
      {micros !== null && (
        <Button look="text" size="small" disabled={busy} onClick={() => remove.mutate()}>
          Remove<span className="vh"> the limit of {name}</span>
        </Button>
      )}
      {text !== stored && <LeaveGuard dirty={!busy} />}
      {problem && (
        <p className="help bad" role="alert">
          <Glyph name="error" /> {problem}
        </p>
      )}
    </form>
  );
}
