import { useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ApiError, errorText } from "@/api/client";
import type { CatalogueModel } from "@/api/generated/types";
import { effortOf, pickModel, useModels } from "@/api/models";
import { Composer } from "@/components/composer/composer";
import { bodyOf } from "@/components/composer/content";
import { EffortMenu } from "@/components/composer/effort-menu";
import { ModelMenu } from "@/components/composer/model-menu";
import { OverLimit, useIsOver } from "@/components/composer/over-limit";
import { ComposerStore, composerOf } from "@/components/composer/store";
import { LabelRow } from "@/components/labels/label-row";
import { type Labels, labelProblem } from "@/components/labels/labels";
import { TopBar } from "@/components/top-bar";
import { Failed, Notice } from "@/components/ui/states";
import { useSendKey } from "@/lib/send-key";
import { recall, remember } from "@/lib/storage";
import { DemoNotice } from "../notices/demo";
import { SandboxNotice } from "../notices/sandbox";
import { useCreating } from "./create";
import { linkedPrompt, linkedWords } from "./linked-prompt";
import { NoModel } from "./no-model";
import { useChosenWorkspace, WorkspaceRow } from "./workspace-row";

export function NewChatPage() {
  const models = useModels();
  const { prompt } = useSearch({ strict: false }) as { prompt?: string };
  const model = pickModel(models.data, null);
  return (
    <main className="main" id="main">
      <TopBar />
      <div className="hello">
        {models.isError && !models.data ? (
          <Failed
            title="Models could not be loaded"
            error={models.error}
            onRetry={() => void models.refetch()}
          />
        ) : models.data && !model ? (
          <NoModel catalogue={models.data} />
        ) : (
          <Form key={prompt ?? ""} prompt={prompt} />
        )}
        <DemoNotice catalogue={models.data} />
        <SandboxNotice />
      </div>
    </main>
  );
}

/** Words of a link leave the person's own draft alone. */
function useBox(prompt: string | undefined): { store: ComposerStore; warning: string | null } {
  return useMemo(() => {
    if (!prompt) return { store: composerOf("new"), warning: null };
    const linked = linkedPrompt(prompt);
    const store = new ComposerStore(null);
    store.setBody(bodyOf(linked.text));
    return { store, warning: linkedWords(linked) };
  }, [prompt]);
}

/** A choice that the next chat begins with, too. */
function useLast(name: string): [string | null, (value: string | null) => void] {
  const [value, set] = useState(() => recall(name));
  return [
    value,
    (next) => {
      remember(name, next);
      set(next);
    },
  ];
}

function Form({ prompt }: { prompt: string | undefined }) {
  const models = useModels();
  const { store, warning } = useBox(prompt);
  const [chosen, choose] = useLast("model");
  const [effort, setEffort] = useLast("effort");
  const [workspace, setWorkspace] = useLast("workspace");
  const [labels, setLabels] = useState<Labels>({});
  const { create, sending, error, limit } = useCreating(store);
  const [again, setAgain] = useState<unknown>(null);
  const isOver = useIsOver(limit) && again !== limit;
  const model = pickModel(models.data, chosen);
  const asked = effortOf(model, effort, null);
  const place = useChosenWorkspace(workspace);
  const send = () =>
    void create({
      ...(model ? { model_config_id: model.model_config_id } : {}),
      ...(asked ? { reasoning_effort: asked } : {}),
      ...(place ? { workspace_id: place } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    });
  const problem = labelProblem(error);
  return (
    <>
      <h1>What should be done?</h1>
      {isOver && limit ? (
        <OverLimit limit={limit} onAgain={() => setAgain(limit)} />
      ) : (
        <Composer
          store={store}
          onSend={send}
          busy="idle"
          sending={sending}
          locked={sending}
          autoFocus
          warning={warning}
          placeholder="Describe the work"
          controls={<Choices model={model} effort={effort} onModel={choose} onEffort={setEffort} />}
        />
      )}
      <Hint />
      {error !== null && !problem && <NotStarted error={error} />}
      <div className="opts">
        <WorkspaceRow chosen={workspace} onChange={setWorkspace} />
        <LabelRow labels={labels} problem={problem} onChange={setLabels} />
      </div>
    </>
  );
}

interface ChoicesProps {
  model: CatalogueModel | undefined;
  effort: string | null;
  onModel: (id: string) => void;
  onEffort: (effort: string | null) => void;
}

function Choices({ model, effort, onModel, onEffort }: ChoicesProps) {
  return (
    <>
      <ModelMenu model={model} onChange={onModel} />
      <EffortMenu model={model} last={null} chosen={effort} onChange={onEffort} />
    </>
  );
}

function Hint() {
  const key = useSendKey();
  return (
    <p className="hint">
      <span>
        {key === "mod_enter" && <kbd>Ctrl</kbd>} <kbd>Enter</kbd> sends
      </span>
      <span>
        {key === "enter" && <kbd>Shift</kbd>} <kbd>Enter</kbd> new line
      </span>
    </p>
  );
}

function NotStarted({ error }: { error: unknown }) {
  const forbidden = error instanceof ApiError && error.status === 403;
  return (
    <div className="hello-error">
      <Notice
        tone="error"
        glyph="error"
        title={forbidden ? "You can’t start chats" : "Not started"}
      >
        <p>
          {errorText(error)}
          {forbidden && " The role agents-access allows it; ask your administrator."}
        </p>
      </Notice>
    </div>
  );
}
