import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { ApiError, api, errorText } from "@/api/client";
import type { Chat, CreateChatRequest } from "@/api/generated/types";
import { pickModel, useModels } from "@/api/models";
import { Composer } from "@/components/composer/composer";
import { useDraft } from "@/components/composer/draft";
import { ModelMenu } from "@/components/composer/model-menu";
import { TopBar } from "@/components/top-bar";
import { Failed, Notice } from "@/components/ui/states";
import { withoutInvisible } from "@/lib/plain";
import { recall, remember } from "@/lib/storage";
import { NoModel } from "./no-model";
import { WorkspaceRow } from "./workspace-row";

const PROMPT_CHARS_MAX = 32 * 1024;

/** Words of a link only fill the box; the person sends them. */
function useLinkedPrompt(setText: (text: string) => void): boolean {
  const { prompt } = useSearch({ strict: false }) as { prompt?: string };
  const [from] = useState(prompt);
  const done = useRef(false);
  if (from && !done.current) {
    done.current = true;
    queueMicrotask(() => setText(withoutInvisible(from).slice(0, PROMPT_CHARS_MAX)));
  }
  return Boolean(from);
}

export function NewChatPage() {
  const models = useModels();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [text, setText] = useDraft("new");
  const linked = useLinkedPrompt(setText);
  const [chosen, choose] = useState(() => recall("model"));
  const [workspace, setWorkspace] = useState(() => recall("workspace"));
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const model = pickModel(models.data, chosen);

  const create = async () => {
    const body: CreateChatRequest = {
      content: [{ type: "text", text }],
      client_type: "ui",
      ...(model ? { model_config_id: model.model_config_id } : {}),
      ...(workspace ? { workspace_id: workspace } : {}),
    };
    setSending(true);
    setError(null);
    try {
      const chat = await api.post<Chat>("/chats", body);
      setText("");
      cache.setQueryData(["chat", chat.id], chat);
      void cache.invalidateQueries({ queryKey: ["chats"] });
      await navigate({ to: "/agents/$id", params: { id: chat.id } });
    } catch (cause) {
      setError(cause);
      setSending(false);
    }
  };

  if (models.isError && !models.data) {
    return (
      <main className="main" id="main">
        <TopBar />
        <div className="hello">
          <Failed
            title="Models could not be loaded"
            error={models.error}
            onRetry={() => void models.refetch()}
          />
        </div>
      </main>
    );
  }
  return (
    <main className="main" id="main">
      <TopBar />
      <div className="hello">
        {models.data && !model ? (
          <NoModel catalogue={models.data} />
        ) : (
          <>
            <h1>What should be done?</h1>
            <Composer
              text={text}
              onText={setText}
              onSend={() => void create()}
              busy="idle"
              sending={sending}
              autoFocus
              warning={linked && "This text came from a link. Review it before sending."}
              placeholder="Describe the work"
              controls={
                <ModelMenu
                  model={model}
                  onChange={(id) => {
                    remember("model", id);
                    choose(id);
                  }}
                />
              }
            />
            <p className="hint">
              <span>
                <kbd>Enter</kbd> sends
              </span>
              <span>
                <kbd>Shift</kbd> <kbd>Enter</kbd> new line
              </span>
            </p>
            {error !== null && <NotStarted error={error} />}
            <WorkspaceRow
              chosen={workspace}
              onChange={(id) => {
                remember("workspace", id);
                setWorkspace(id);
              }}
            />
          </>
        )}
      </div>
    </main>
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
