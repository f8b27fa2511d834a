// What a person does to a chat. It lives outside React, so that its functions stay the same and
// a keystroke renders no message anew.
import { ApiError, api, errorText } from "@/api/client";
import type {
  BusyBehavior,
  Chat,
  ChatMessage,
  ChatMessagePart,
  QueuedMessage,
  SendMessageRequest,
  SendMessageResponse,
} from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { type UsageLimit, usageLimitOf } from "@/api/usage-limit";
import { type Content, contentOf, inputParts, messageParts } from "@/components/composer/content";
import { type Edit, editOf, setEdit } from "@/components/composer/references";
import { ComposerStore, composerOf } from "@/components/composer/store";
import { complain } from "@/components/ui/toast";
import { knownFile, noteFiles } from "@/lib/known-files";
import { loadUnsent, saveUnsent } from "./unsent";

/** A message on its way, or one that did not arrive. Nothing of it is ever lost. */
export interface Pending {
  id: number;
  content: Content;
  failed: string | null;
  /** The newest message when it was sent. */
  after: number;
}

/** Whether the stream has told of it before the answer to its request came. */
export function hasArrived(
  { content, failed, after }: Pending,
  messages: readonly ChatMessage[],
  queue: readonly QueuedMessage[],
): boolean {
  if (failed !== null) return false;
  const own = JSON.stringify(messageParts(content).map(keyOf));
  const isIt = (parts: readonly ChatMessagePart[]) => JSON.stringify(parts.map(keyOf)) === own;
  return (
    messages.some((one) => one.id > after && one.role === "user" && isIt(one.content)) ||
    queue.some((one) => isIt(one.content))
  );
}

function keyOf(part: ChatMessagePart): unknown {
  if (part.type === "text") return part.text;
  if (part.type === "file") return part.file_id;
  return part.type === "file-reference" ? [part.file_name, part.start_line, part.end_line] : null;
}

export interface SendingState {
  pending: readonly Pending[];
  /** One line above the composer. */
  warning: string | null;
  editing: ChatMessage | null;
  /** Chosen here; null is what the chat had last. */
  model: string | null;
  effort: string | null;
  /** Set once the server has refused because of it. */
  limit: UsageLimit | null;
  /** Asked to stop, until the server says what became of it. */
  stopping: boolean;
}

/** The words of a message. */
export function wordsOf(content: readonly ChatMessagePart[]): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

const CLOSED = "The page was closed before it could be sent again.";

export class Sending {
  private state: SendingState;
  private readonly listeners = new Set<() => void>();
  private readonly path: string;
  private next = 0;
  private edited: Edit | null;
  readonly draft: ComposerStore;

  constructor(
    private readonly chatId: string,
    /** Shows a message that the server has taken. */
    private readonly onMessage: (message: ChatMessage) => void,
    private readonly newest: () => number,
  ) {
    this.path = `/chats/${chatId}`;
    this.draft = composerOf(chatId);
    this.edited = editOf(chatId);
    const pending = loadUnsent(chatId).map((content) => this.pendingOf(content, CLOSED));
    for (const { content } of pending) noteFiles(content.files);
    this.state = {
      pending,
      warning: null,
      editing: this.edited?.message ?? null,
      model: null,
      effort: null,
      limit: null,
      stopping: false,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): SendingState => this.state;

  /** Where the person writes now. */
  get composer(): ComposerStore {
    return this.edited?.store ?? this.draft;
  }

  readonly setModel = (model: string): void => this.update({ model });

  readonly setEffort = (effort: string | null): void => this.update({ effort });

  readonly lift = (): void => this.update({ limit: null });

  /** Sends what is written, or begins anew from the message that is edited. */
  readonly send = (behavior: BusyBehavior): void => {
    if (this.edited) void this.restart(this.edited);
    else void this.post(this.pendingOf(this.draft.take()), behavior);
  };

  readonly resend = (id: number): void => {
    const found = this.state.pending.find((one) => one.id === id);
    if (found) void this.post({ ...found, failed: null, after: this.newest() }, "queue");
  };

  /** Puts what did not arrive back into the composer. */
  readonly reclaim = (id: number): void => {
    const found = this.state.pending.find((one) => one.id === id);
    if (!found) return;
    this.draft.putBack(found.content);
    this.drop(id);
    this.draft.focus();
  };

  /** Adds words to what is written; nothing is sent. */
  readonly suggest = (words: string): void => {
    this.composer.append(words);
    this.composer.focus();
  };

  /** Puts a message into the composer once more. */
  readonly repeat = (message: ChatMessage): void => {
    this.draft.putBack(contentOf(message.content, knownFile));
    this.draft.focus();
  };

  readonly edit = (message: ChatMessage): void => {
    const store = new ComposerStore(null);
    store.putBack(contentOf(message.content, knownFile));
    // Only what the person changes is theirs to lose.
    store.save();
    this.setEdited({ message, store });
    this.update({ editing: message, warning: null });
  };

  readonly cancelEdit = (): void => {
    this.setEdited(null);
    this.update({ editing: null, warning: null });
  };

  readonly interrupt = (): void => {
    this.update({ stopping: true });
    api.post<Chat>(`${this.path}/interrupt`).then(
      ({ status }) => status !== "interrupting" && this.stopped(),
      (error: unknown) => {
        this.stopped();
        complain("Not stopped.", error);
      },
    );
  };

  readonly stopped = (): void => {
    if (this.state.stopping) this.update({ stopping: false });
  };

  readonly promote = (item: QueuedMessage): void => {
    api.post(`${this.path}/queue/${item.id}/promote`).catch((error: unknown) => {
      const gone = error instanceof ApiError && error.status === 404;
      complain(gone ? "It had already been sent." : "Not sent.", gone ? undefined : error);
    });
  };

  readonly remove = async (item: QueuedMessage): Promise<void> => {
    try {
      await api.delete(`${this.path}/queue/${item.id}`);
    } catch (error) {
      const gone = error instanceof ApiError && error.status === 404;
      complain(gone ? "It had already been sent." : "Not removed.", gone ? undefined : error);
      throw error;
    }
  };

  /** Takes an item out of the queue and into the composer. */
  readonly take = (item: QueuedMessage): void => {
    this.remove(item).then(
      () => {
        this.draft.putBack(contentOf(item.content, knownFile));
        if (item.model_config_id) this.setModel(item.model_config_id);
        this.draft.focus();
      },
      () => {},
    );
  };

  private pendingOf(content: Content, failed: string | null = null): Pending {
    this.next += 1;
    return { id: this.next, content, failed, after: this.newest() };
  }

  private async post(pending: Pending, behavior: BusyBehavior): Promise<void> {
    this.put(pending);
    this.update({ warning: null });
    const { model, effort } = this.state;
    const body: SendMessageRequest = {
      content: inputParts(pending.content),
      busy_behavior: behavior,
      ...(model === null ? {} : { model_config_id: model }),
      ...(effort === null ? {} : { reasoning_effort: effort }),
    };
    try {
      const answer = await api.post<SendMessageResponse>(`${this.path}/messages`, body);
      if (answer.message) this.onMessage(answer.message);
      this.drop(pending.id);
      this.learnFiles(pending.content);
    } catch (error) {
      this.refused(pending, error);
    }
  }

  /** Nothing is wrong with the message itself when there is no room for it. */
  private refused(pending: Pending, error: unknown): void {
    const limit = usageLimitOf(error);
    const isFull = error instanceof ApiError && error.status === 429;
    if (!limit && !isFull) {
      this.put({ ...pending, failed: errorText(error) });
      return;
    }
    this.drop(pending.id);
    this.draft.putBack(pending.content);
    const warning = isFull ? `${errorText(error)} Your text is kept here.` : null;
    this.update({ warning, limit });
  }

  private async restart({ message, store }: Edit): Promise<void> {
    const content = store.content();
    const pending = this.pendingOf(content);
    this.put(pending);
    this.update({ warning: null });
    try {
      const body = { content: inputParts(content) };
      await api.patch<ChatMessage>(`${this.path}/messages/${message.id}`, body);
      this.setEdited(null);
      this.update({ editing: null });
      this.learnFiles(content);
    } catch (error) {
      this.update({ warning: errorText(error), limit: usageLimitOf(error) });
    }
    this.drop(pending.id);
  }

  /** The chat lists its files by name. */
  private learnFiles({ files }: Content): void {
    if (files.length === 0) return;
    void queryClient.invalidateQueries({ queryKey: ["chat", this.chatId], exact: true });
  }

  private setEdited(edit: Edit | null): void {
    this.edited?.store.clear();
    this.edited = edit;
    setEdit(this.chatId, edit);
  }

  private put(pending: Pending): void {
    const known = this.state.pending.some((one) => one.id === pending.id);
    this.setPending(
      known
        ? this.state.pending.map((one) => (one.id === pending.id ? pending : one))
        : [...this.state.pending, pending],
    );
  }

  private drop(id: number): void {
    this.setPending(this.state.pending.filter((one) => one.id !== id));
  }

  private setPending(pending: readonly Pending[]): void {
    this.update({ pending });
    const failed = pending.filter((one) => one.failed !== null);
    saveUnsent(
      this.chatId,
      failed.map((one) => one.content),
    );
  }

  private update(change: Partial<SendingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
