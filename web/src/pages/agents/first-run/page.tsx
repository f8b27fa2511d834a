import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api } from "@/api/client";
import type { ModelCatalogue, ModelConfig, Provider } from "@/api/generated/types";
import { useModels } from "@/api/models";
import { isAdmin, useMe } from "@/api/session";
import { TopBar } from "@/components/top-bar";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { whomToAsk } from "../new/no-model";
import { SandboxNotice } from "../notices/sandbox";
import { modelConfigsQuery, providersQuery } from "../settings/providers/queries";
import { FoundKeys, FoundLocal, useOffers } from "./found";
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
          {isAdmin(me) ? <SetUp /> : <Waiting />}
          <SandboxNotice />
        </div>
      </div>
    </main>
  );
}

/** For those who can't add a model themselves. */
function Waiting() {
  const models = useModels();
  return (
    <>
      <h1>No model yet</h1>
      <p className="lede">{whomToAsk(models.data?.administrators)}</p>
    </>
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
        <Choice />
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

/** What was found is offered first; a form for everything else waits behind a button. */
function Choice() {
  const offers = useOffers();
  const [other, setOther] = useState(false);
  if (offers.isPending) return <Loading rows={2} label="Looking for keys and local models" />;
  const { keys = [], local = [] } = offers.data ?? {};
  const found = keys.length > 0 || local.length > 0;
  const more = (
    <Button look="text" onClick={() => setOther(true)}>
      Add another provider
    </Button>
  );
  return (
    <>
      {keys.length > 0 && (
        <p>
          {keys.length === 1
            ? "A key was found in the environment. It is used once you say so."
            : `${keys.length} keys were found in the environment. Choose which may be used.`}
        </p>
      )}
      {keys.length > 0 && <FoundKeys keys={keys}>{!other && more}</FoundKeys>}
      {local.map((offer) => (
        <FoundLocal key={offer.base_url} offer={offer} />
      ))}
      {local.length > 0 && keys.length === 0 && !other && <p className="setup-acts">{more}</p>}
      {(other || !found) && (
        <>
          <p>Who answers. The key is tried before it is saved, and stored encrypted.</p>
          <ProviderStep />
        </>
      )}
    </>
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
