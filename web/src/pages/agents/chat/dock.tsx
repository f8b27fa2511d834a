import type { RefObject } from "react";
import type { Chat, ChatStatus } from "@/api/generated/types";
import { findModel, pickModel, useModels } from "@/api/models";
import { CannotWrite, Composer, type ComposerHandle } from "@/components/composer/composer";
import { ContextRing } from "@/components/composer/context-ring";
import { ModelMenu } from "@/components/composer/model-menu";
import { Button } from "@/components/ui/button";
import { contextUsage } from "@/lib/context-usage";
import { clockTime } from "@/lib/format";
import { remember } from "@/lib/storage";
import type { Row } from "@/stream/rows";
import type { Snapshot } from "@/stream/store";
import { unarchive } from "../list/actions";
import type { Changes } from "../panel/collect";
import { Queue } from "./queue";
import type { Sending } from "./sending";
import { StatusLine } from "./status-line";

interface Props {
  chat: Chat;
  rows: Row[];
  snapshot: Snapshot;
  status: ChatStatus;
  sending: Sending;
  changes: Changes;
  onChanges: () => void;
  composer: RefObject<ComposerHandle | null>;
}

/** Where the eye rests: what is going on, what waits, and the place to type. */
export function Dock(props: Props) {
  const { chat, snapshot, status, sending, rows, changes, onChanges } = props;
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
        {snapshot.chat.queue.length > 0 && <Queue items={snapshot.chat.queue} sending={sending} />}
        {chat.archived ? (
          <CannotWrite
            reason="This chat is archived."
            action={
              <Button size="small" onClick={() => void unarchive(chat)}>
                Unarchive
              </Button>
            }
          />
        ) : (
          <Field {...props} />
        )}
      </div>
    </div>
  );
}

function Field({ snapshot, status, sending, composer }: Props) {
  const models = useModels();
  const active = status === "running" || status === "interrupting";
  const busy = status === "running" ? "running" : status === "interrupting" ? "stopping" : "idle";
  const limit = findModel(models.data, sending.model)?.context_limit;
  const usage = contextUsage(snapshot.chat.messages, limit);
  const editing = sending.editing;
  const lastOwn = snapshot.chat.messages.findLast((message) => message.role === "user");
  if (models.data && !pickModel(models.data, sending.model)) {
    return <CannotWrite reason="No model can be used. Ask your administrator." />;
  }
  return (
    <Composer
      handle={composer}
      text={sending.text}
      onText={sending.setText}
      onSend={sending.send}
      onStop={sending.interrupt}
      {...(lastOwn ? { onRecall: () => sending.edit(lastOwn) } : {})}
      busy={busy}
      sending={sending.sending}
      warning={sending.warning}
      editing={
        editing && {
          words: `Editing the message of ${clockTime(editing.created_at)}. Later messages are removed, files stay.`,
          onCancel: sending.cancelEdit,
        }
      }
      placeholder={active ? "Message, or queue the next one" : "Message"}
      controls={
        <ModelMenu
          model={pickModel(models.data, sending.model)}
          onChange={(id) => {
            remember("model", id);
            sending.setModel(id);
          }}
        />
      }
      gauge={usage ? <ContextRing used={usage.used} limit={usage.limit} /> : null}
    />
  );
}
