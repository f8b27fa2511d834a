import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Chat, ChatStatus } from "@/api/generated/types";
import { findModel, pickModel, thresholdOf, thresholdsQuery, useModels } from "@/api/models";
import { CannotWrite, Composer } from "@/components/composer/composer";
import { ContextRing } from "@/components/composer/context-ring";
import { EffortMenu } from "@/components/composer/effort-menu";
import { ModelMenu } from "@/components/composer/model-menu";
import { OverLimit, useIsOver } from "@/components/composer/over-limit";
import { Button } from "@/components/ui/button";
import { contextFiles, contextUsage } from "@/lib/context-usage";
import { clockTime } from "@/lib/format";
import { plain } from "@/lib/plain";
import { remember } from "@/lib/storage";
import type { Row } from "@/stream/rows";
import type { Snapshot } from "@/stream/store";
import { unarchive } from "../list/actions";
import { takeBegun } from "../new/create";
import { NoModelRow } from "../new/no-model";
import type { Changes } from "../panel/collect";
import { ownerName, useAccess } from "../sharing/access";
import { Queue } from "./queue";
import type { Sending, SendingState } from "./sending";
import { StatusLine } from "./status-line";
import { lastWritten } from "./written";

interface Props {
  chat: Chat;
  rows: Row[];
  snapshot: Snapshot;
  status: ChatStatus;
  sending: Sending;
  state: SendingState;
  changes: Changes;
  onChanges: () => void;
}

/** Where the eye rests: what is going on, what waits, and the place to type. */
export function Dock(given: Props) {
  const status = useAtOnce(given);
  const props = { ...given, status };
  const { chat, snapshot, sending, rows, changes, onChanges } = props;
  const { write } = useAccess(chat);
  return (
    <div className="dock">
      <div className="column">
        <StatusLine
          chat={chat}
          status={status}
          snapshot={snapshot}
          rows={rows}
          changes={changes}
          onChanges={onChanges}
        />
        {write && snapshot.chat.queue.length > 0 && (
          <Queue items={snapshot.chat.queue} sending={sending} />
        )}
        <Place {...props} />
      </div>
    </div>
  );
}

/** The status of the chat; what was asked for shows before the server has said so. */
function useAtOnce({ status, sending, state }: Props): ChatStatus {
  useEffect(() => {
    if (status !== "running") sending.stopped();
  }, [status, sending]);
  return status === "running" && state.stopping ? "interrupting" : status;
}

/** The place to type, or why there is none. */
function Place(props: Props) {
  const { chat, sending, state } = props;
  const models = useModels();
  const isOver = useIsOver(state.limit);
  const { write } = useAccess(chat);
  if (!write) {
    const words = `${plain(ownerName(chat))} shares this chat with you. You can read it.`;
    return <CannotWrite reason={words} />;
  }
  if (chat.archived) {
    return (
      <CannotWrite
        reason="This chat is archived."
        action={
          <Button size="small" onClick={() => void unarchive(chat)}>
            Unarchive
          </Button>
        }
      />
    );
  }
  if (isOver && state.limit) return <OverLimit limit={state.limit} onAgain={sending.lift} />;
  if (models.data && !pickModel(models.data, null)) return <NoModelRow catalogue={models.data} />;
  if (models.isPending) return <div className="box waiting">Loading</div>;
  return <Field {...props} />;
}

function Field({ chat, snapshot, status, sending, state }: Props) {
  const active = status === "running" || status === "interrupting";
  const busy = status === "running" ? "running" : status === "interrupting" ? "stopping" : "idle";
  const { editing } = state;
  // Whoever has begun the chat or edited a message by keys goes on writing.
  const keepsFocus = useRef(
    useState(() => takeBegun(chat.id) && !matchMedia("(pointer: coarse)").matches)[0],
  );
  if (editing) keepsFocus.current = true;
  const lastOwn = lastWritten(snapshot.chat.messages);
  const placeholder = active ? "Message, or queue the next one" : "Message";
  return (
    <Composer
      key={editing?.id ?? "draft"}
      store={sending.composer}
      onSend={sending.send}
      onStop={sending.interrupt}
      {...(lastOwn && !editing ? { onRecall: () => sending.edit(lastOwn) } : {})}
      busy={busy}
      sending={state.pending.some((one) => one.failed === null)}
      warning={state.warning}
      editing={
        editing && {
          words: `Editing the message of ${clockTime(editing.created_at)}. Later messages are removed, files stay.`,
          onCancel: sending.cancelEdit,
        }
      }
      autoFocus={keepsFocus.current}
      placeholder={busy === "stopping" ? "Stopping the current step" : placeholder}
      controls={<Choices chat={chat} sending={sending} state={state} />}
      gauge={<Gauge chat={chat} snapshot={snapshot} state={state} />}
    />
  );
}

function Choices({ chat, sending, state }: Pick<Props, "chat" | "sending" | "state">) {
  const models = useModels();
  const model = pickModel(models.data, state.model ?? chat.last_model_config_id);
  return (
    <>
      <ModelMenu
        model={model}
        onChange={(id) => {
          remember("model", id);
          sending.setModel(id);
        }}
      />
      <EffortMenu
        model={model}
        last={chat.last_reasoning_effort ?? null}
        chosen={state.effort}
        onChange={sending.setEffort}
      />
    </>
  );
}

function Gauge({ chat, snapshot, state }: Pick<Props, "chat" | "snapshot" | "state">) {
  const models = useModels();
  const own = useQuery(thresholdsQuery);
  const model = findModel(models.data, state.model ?? chat.last_model_config_id);
  const usage = contextUsage(snapshot.chat.messages, model?.context_limit);
  if (!usage) return null;
  return (
    <ContextRing
      usage={usage}
      threshold={thresholdOf(model, own.data)}
      files={contextFiles(snapshot.chat.messages)}
    />
  );
}
