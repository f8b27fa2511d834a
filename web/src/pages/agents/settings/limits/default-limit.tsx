import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type {
  UpdateUsageLimitsRequest,
  UsageLimitConfig,
  UsageLimits,
  UsagePeriod,
} from "@/api/generated/types";
import { Field, Input, Select, Switch } from "@/components/ui/form";
import { dollarText, microsOf } from "@/lib/money";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { refreshUsage } from "./refresh";

const PERIODS: { id: UsagePeriod; name: string }[] = [
  { id: "day", name: "Day" },
  { id: "week", name: "Week, from Monday" },
  { id: "month", name: "Month" },
];

interface Draft {
  on: boolean;
  amount: string;
  period: UsagePeriod;
}

const draftOf = ({ spend_limit_micros, period }: UsageLimitConfig): Draft => ({
  on: spend_limit_micros !== null,
  amount: spend_limit_micros === null ? "" : dollarText(spend_limit_micros),
  period,
});

export function DefaultLimit({ stored }: { stored: UsageLimits }) {
  const [draft, setDraft] = useState(() => draftOf(stored));
  const before = draftOf(stored);
  const save = useMutation({
    mutationFn: (body: UpdateUsageLimitsRequest) =>
      api.put<UsageLimitConfig>("/chats/usage-limits", body),
    onSuccess: async (saved) => {
      await refreshUsage();
      setDraft(draftOf(saved));
    },
  });
  const micros = microsOf(draft.amount);
  const wrong = draft.on && draft.amount !== "" && !micros;
  const amountError =
    fieldError(save.error, "spend_limit_micros") ??
    (wrong ? "An amount of dollars above 0." : undefined);
  const changes =
    Number(draft.on !== before.on) +
    Number(draft.on && draft.amount !== before.amount) +
    Number(draft.period !== before.period);
  const change = (next: Partial<Draft>) => {
    save.reset();
    setDraft({ ...draft, ...next });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.on && !micros) return;
    save.mutate({ spend_limit_micros: draft.on ? micros : null, period: draft.period });
  };
  return (
    <Section
      title="Everybody"
      about="What a person may spend without a limit of their own or of a group. While this is off, no limit applies to anybody."
    >
      <form onSubmit={submit}>
        <div className="form">
          <label htmlFor="limits-on">Limit spending</label>
          <div className="swrow">
            <Switch id="limits-on" checked={draft.on} onCheckedChange={(on) => change({ on })} />
            {draft.on ? "On" : "Off"}
          </div>
          {draft.on && (
            <Field
              label="Dollars"
              help="New work is refused from here on; what runs goes on to its end."
              error={amountError}
            >
              {(ids) => (
                <span className="money short">
                  <Input
                    {...ids}
                    short
                    required
                    inputMode="decimal"
                    value={draft.amount}
                    onChange={(event) => change({ amount: event.target.value })}
                  />
                </span>
              )}
            </Field>
          )}
          <Field
            label="Per"
            help="Of all limits. Counted in UTC."
            error={fieldError(save.error, "period")}
          >
            {(ids) => (
              <Select
                {...ids}
                value={draft.period}
                onChange={(event) => change({ period: event.target.value as UsagePeriod })}
              >
                {PERIODS.map((period) => (
                  <option key={period.id} value={period.id}>
                    {period.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <SaveBar
          changes={changes}
          saving={save.isPending}
          saved={save.isSuccess}
          error={save.isError && !amountError ? errorText(save.error) : undefined}
          onDiscard={() => {
            save.reset();
            setDraft(before);
          }}
        />
      </form>
    </Section>
  );
}
