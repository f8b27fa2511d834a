import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { api, errorText } from "@/api/client";
import type {
  CatalogueModel,
  CompactionThresholds,
  ModelCatalogue,
  SetCompactionThresholdRequest,
} from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { plain } from "@/lib/plain";
import { LeaveGuard } from "./parts/leave-guard";
import { Section } from "./parts/section";
import { PERCENT_OFF, percentOf } from "./threshold";

const KEY = ["compaction-thresholds"];
const PATH = "/chats/config/user-compaction-thresholds";

export function Thresholds() {
  const own = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<CompactionThresholds>(PATH, undefined, signal),
  });
  const models = useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => api.get<ModelCatalogue>("/chats/models", undefined, signal),
  });
  const failed = own.isError ? own : models.isError ? models : undefined;
  return (
    <Section
      title="Summaries"
      about="Earlier messages are summarised when a conversation has filled this share of a model’s context. 0 summarises after every turn."
    >
      {failed && (
        <Failed
          title="Thresholds could not be loaded"
          error={failed.error}
          onRetry={failed.refetch}
        />
      )}
      {!failed && (own.isPending || models.isPending) && <Loading rows={3} />}
      {own.data && models.data && <Rows own={own.data} models={models.data} />}
    </Section>
  );
}

function Rows({ own, models }: { own: CompactionThresholds; models: ModelCatalogue }) {
  const all = models.providers.flatMap((provider) => provider.models);
  const mine = (model: CatalogueModel) =>
    own.thresholds.find((one) => one.model_config_id === model.model_config_id);
  if (all.length === 0) {
    return <Empty title="No models yet">Each model will have a row here.</Empty>;
  }
  return (
    <ul className="rows">
      {all.map((model) => (
        <Row
          key={model.model_config_id}
          model={model}
          stored={mine(model)?.threshold_percent ?? null}
        />
      ))}
    </ul>
  );
}

function Row({ model, stored }: { model: CatalogueModel; stored: number | null }) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const path = `${PATH}/${model.model_config_id}`;
  const done = async () => {
    await queryClient.invalidateQueries({ queryKey: KEY });
    setDraft(null);
  };
  const save = useMutation({
    mutationFn: (body: SetCompactionThresholdRequest) => api.put(path, body),
    onSuccess: done,
  });
  const reset = useMutation({ mutationFn: () => api.delete(path), onSuccess: done });
  const busy = save.isPending || reset.isPending;
  const text = draft ?? stored?.toString() ?? "";
  const percent = percentOf(text);
  const dirty = draft !== null && draft !== (stored?.toString() ?? "");
  const wrong = dirty && text !== "" && percent === undefined;
  const failed = save.error ?? reset.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (percent !== undefined) save.mutate({ threshold_percent: percent });
  };
  const name = plain(model.display_name || model.model);
  return (
    <li>
      <form className="threshold" onSubmit={submit}>
        <label htmlFor={id} className="grow">
          <b>{name}</b>
          <small>
            {stored === null
              ? `${model.compression_threshold} %, as the model is set up`
              : `${stored} %, your own`}
          </small>
        </label>
        <span className="unit">
          <Input
            id={id}
            short
            inputMode="numeric"
            value={text}
            placeholder={String(model.compression_threshold)}
            aria-invalid={wrong}
            aria-describedby={`${id}-about`}
            onChange={(event) => {
              save.reset();
              reset.reset();
              setDraft(event.target.value);
            }}
          />
          <span aria-hidden="true">%</span>
        </span>
        <Button type="submit" size="small" disabled={busy || !dirty || percent === undefined}>
          {save.isPending ? "Saving" : "Save"}
          <span className="vh"> {name}</span>
        </Button>
        <Button
          look="text"
          size="small"
          disabled={busy || (stored === null && !dirty)}
          onClick={() => (stored === null ? setDraft(null) : reset.mutate())}
        >
          Reset<span className="vh"> {name}</span>
        </Button>
        {dirty && <LeaveGuard dirty={!busy} />}
        <div id={`${id}-about`} className="threshold-about">
          {wrong && (
            <p className="help bad" role="alert">
              <Glyph name="error" /> A whole number between 0 and 100.
            </p>
          )}
          {failed && (
            <p className="help bad" role="alert">
              <Glyph name="error" /> {errorText(failed)}
            </p>
          )}
          {percent === PERCENT_OFF && (
            <p className="help warn" role="status">
              <Glyph name="warn" /> 100 % turns automatic summaries off: a conversation that fills
              the context then fails.
            </p>
          )}
        </div>
      </form>
    </li>
  );
}
