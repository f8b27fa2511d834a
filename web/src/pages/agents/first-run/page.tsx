import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api } from "@/api/client";
import type { ModelCatalogue, ModelConfig, Provider } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";
import { TopBar } from "@/components/top-bar";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { modelConfigsQuery, providersQuery } from "../settings/providers/queries";
import { ModelStep } from "./model-step";
import { ProviderStep } from "./provider-step";
import { type Step, stepOf, usable } from "./steps";

export function FirstRunPage() {
  const me = useMe();
  return (
    <main className="main" id="main">
      <TopBar />
      <div className="page">
        <div className="first">
          {isAdmin(me) ? (
            <SetUp />
          ) : (
            <>
              <h1>No model yet</h1>
              <p className="lede">Ask your administrator to add one.</p>
            </>
          )}
        </div>
      </div>
    </main>
  );
}

function SetUp() {
  const providers = useQuery(providersQuery);
  const models = useQuery(modelConfigsQuery);
  const catalogue = useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => api.get<ModelCatalogue>("/chats/models", undefined, signal),
  });
  const failed = [providers, models, catalogue].find((query) => query.isError);
  if (failed) {
    return (
      <Failed
        title="The set-up could not be loaded"
        error={failed.error}
        onRetry={failed.refetch}
      />
    );
  }
  if (!providers.data || !models.data || !catalogue.data) {
    return <Loading rows={6} label="Loading the set-up" />;
  }
  const step = stepOf(providers.data, catalogue.data);
  return (
    <>
      <h1>{step === "start" ? "Ready to start" : "One model, then you can start"}</h1>
      <p className="lede">
        {step === "start"
          ? "Muster has a model to talk to."
          : "Muster is running. It needs a model to talk to. Nothing is used or sent before you say so."}
      </p>
      <Steps step={step} providers={providers.data} models={models.data} />
      {step !== "start" && (
        <p className="first-foot">
          No key at hand? <code>muster up --demo</code> gives scripted answers in a real workspace.
        </p>
      )}
    </>
  );
}

interface StepsProps {
  step: Step;
  providers: Provider[];
  models: ModelConfig[];
}

function Steps({ step, providers, models }: StepsProps) {
  const ready = usable(providers);
  const enabled = models.filter((one) => one.enabled);
  const names = (all: { display_name: string; provider: string }[]) =>
    all.map((one) => one.display_name || one.provider).join(", ");
  return (
    <ol className="setup">
      <Item
        no={1}
        title="Choose a provider"
        state={step === "provider" ? "open" : "done"}
        note={step === "provider" ? undefined : names(ready)}
      >
        <p>Who answers. The key is tried before it is saved, and stored encrypted.</p>
        <ProviderStep />
      </Item>
      <Item
        no={2}
        title="Add a model"
        state={step === "model" ? "open" : step === "start" ? "done" : "later"}
        note={step === "start" ? names(enabled) : "Prices and limits can wait."}
      >
        <p>The first one is the default. Prices and limits can wait.</p>
        <ModelStep providers={ready} />
      </Item>
      <Item
        no={3}
        title="Start the first chat"
        state={step === "start" ? "open" : "later"}
        note="In a workspace of this machine, or without one."
      >
        <p>In a workspace of this machine, or without one.</p>
        <p className="setup-acts">
          <Link to="/agents" className="btn pri">
            New chat
          </Link>
          <Link to="/agents/settings/models" className="btn text">
            Prices and other models
          </Link>
        </p>
      </Item>
    </ol>
  );
}

interface ItemProps {
  no: number;
  title: string;
  state: "open" | "done" | "later";
  /** In place of the content while the step is not open. */
  note?: string | undefined;
  children: ReactNode;
}

function Item({ no, title, state, note, children }: ItemProps) {
  return (
    <li
      className={state === "open" ? "" : state === "done" ? "done" : "off"}
      aria-current={state === "open" ? "step" : undefined}
    >
      <span className="no">{state === "done" ? <Glyph name="check" /> : no}</span>
      <div>
        <h2>
          {title}
          {state === "done" && <span className="vh"> (done)</span>}
        </h2>
        {state === "open" ? children : note && <p>{note}</p>}
      </div>
    </li>
  );
}
