// What is being written to one chat. It lives outside React: a keystroke renders the composer
// and nothing else, uploads go on while another chat is looked at, and other parts of the page
// can add to it.
import { useSyncExternalStore } from "react";
import { noteFile } from "@/lib/known-files";
import { owned, whenDropped } from "@/lib/owner";
import {
  type Attachment,
  attachmentOf,
  attachmentOfStored,
  type Change,
  lost,
  send,
  storedOf,
} from "./attachment";
import {
  type Body,
  bodyOf,
  type Content,
  changed,
  type FileReference,
  isEmpty,
  joined,
} from "./content";
import { loadDraft, saveDraft } from "./drafts";
import { FILES_MAX } from "./media";
import { pastedName } from "./paste";

const SAVE_AFTER_MS = 300;

export interface ComposerState {
  body: Body;
  attachments: readonly Attachment[];
  /** Whether a reload would lose it. */
  tooLongToKeep: boolean;
}

/** The field on the screen. One that knows where the caret is inserts there. */
export interface Field {
  insertReference?: (reference: FileReference) => void;
  insertText?: (text: string) => void;
  focus: () => void;
}

export class ComposerStore {
  private state: ComposerState = { body: [], attachments: [], tooLongToKeep: false };
  private readonly listeners = new Set<() => void>();
  private readonly running = new Map<string, () => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private field: Field | null = null;
  /** Whether it differs from what was read or kept last. */
  private dirty = false;

  /** One with a name is kept across reloads. */
  constructor(private name: string | null) {
    if (name === null) return;
    const { body, files, expired } = loadDraft(name, Date.now());
    const attachments = [...files.map(attachmentOfStored), ...expired.map(lost)];
    this.state = { body, attachments, tooLongToKeep: false };
    for (const file of files) noteFile(file);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): ComposerState => this.state;

  readonly setBody = (body: Body): void => this.update({ body });

  readonly change = (change: (text: string) => string): void =>
    this.update({ body: changed(this.state.body, change) });

  /** Puts words behind what is there. */
  readonly append = (text: string): void =>
    this.update({ body: joined(this.state.body, bodyOf(text)) });

  /** Puts a message back, before what was written meanwhile. */
  readonly putBack = ({ body, files }: Content): void =>
    this.update({
      body: joined(body, this.state.body),
      attachments: [...files.map(attachmentOfStored), ...this.state.attachments],
    });

  /** What can be sent now; the store is empty then. */
  readonly take = (): Content => {
    const content = this.content();
    this.clear();
    return content;
  };

  readonly clear = (): void => {
    for (const attachment of this.state.attachments) this.release(attachment);
    this.update({ body: [], attachments: [] });
    this.save();
  };

  readonly content = (): Content => ({
    body: this.state.body,
    files: storedOf(this.state.attachments),
  });

  readonly addFiles = (files: Iterable<File>): void => {
    for (const file of files) this.add(attachmentOf(file, file.name || "file"));
  };

  readonly addPasted = (text: string): void => {
    const blob = new Blob([text], { type: "text/plain" });
    this.add(attachmentOf(blob, pastedName(new Date())));
  };

  readonly retry = (id: string): void => {
    const found = this.find(id);
    if (!found?.blob) return;
    const again: Change = { state: "uploading", progress: 0, error: null };
    this.patch(id, again);
    this.start({ ...found, ...again });
  };

  readonly remove = (id: string): void => {
    const found = this.find(id);
    if (!found) return;
    this.release(found);
    this.update({ attachments: this.state.attachments.filter((one) => one.id !== id) });
  };

  readonly addReference = (reference: FileReference): void => {
    if (this.field?.insertReference) {
      this.field.insertReference(reference);
      return;
    }
    const space = bodyOf(this.state.body.length > 0 ? " " : "");
    this.setBody([...this.state.body, ...space, { kind: "reference", reference }]);
  };

  /** Where the caret is, or at the end. */
  readonly insertText = (text: string): void => {
    if (this.field?.insertText) this.field.insertText(text);
    else this.append(text);
  };

  readonly focus = (): void => this.field?.focus();

  readonly setField = (field: Field | null): void => {
    this.field = field;
  };

  private add(attachment: Attachment): void {
    const isFull = this.state.attachments.length >= FILES_MAX;
    const why = `is one too many: a message takes ${FILES_MAX} files`;
    const one: Attachment = isFull
      ? { ...attachment, state: "failed", error: why, blob: null }
      : attachment;
    this.update({ attachments: [...this.state.attachments, one] });
    this.start(one);
  }

  private start(attachment: Attachment): void {
    if (attachment.state !== "uploading") return;
    const { id } = attachment;
    this.running.set(
      id,
      send(attachment, (change) => {
        if (change.fileId) noteFile({ ...attachment, fileId: change.fileId });
        if (change.state) this.running.delete(id);
        this.patch(id, change);
      }),
    );
  }

  private release({ id, picture }: Attachment): void {
    this.running.get(id)?.();
    this.running.delete(id);
    if (picture) URL.revokeObjectURL(picture);
  }

  private find(id: string): Attachment | undefined {
    return this.state.attachments.find((one) => one.id === id);
  }

  private patch(id: string, change: Change): void {
    this.update({
      attachments: this.state.attachments.map((one) =>
        one.id === id ? { ...one, ...change } : one,
      ),
    });
  }

  private update(change: Partial<ComposerState>): void {
    this.state = { ...this.state, ...change };
    this.dirty = true;
    for (const listener of this.listeners) listener();
    if (this.name === null) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.save, SAVE_AFTER_MS);
  }

  /** Another tab may have kept or sent the same draft meanwhile: only changes of this one count. */
  readonly save = (): void => {
    clearTimeout(this.timer);
    if (!this.dirty) return;
    this.dirty = false;
    if (this.name === null) return;
    const tooLongToKeep = !saveDraft(this.name, this.content(), Date.now());
    if (tooLongToKeep === this.state.tooLongToKeep) return;
    this.state = { ...this.state, tooLongToKeep };
    for (const listener of this.listeners) listener();
  };

  /** Drops what is written without a trace; nothing of it is kept from now on. */
  readonly drop = (): void => {
    this.name = null;
    clearTimeout(this.timer);
    this.clear();
  };

  get isDirty(): boolean {
    return this.dirty;
  }

  get isEmpty(): boolean {
    return this.state.attachments.length === 0 && isEmpty(this.content());
  }
}

const stores = new Map<string, ComposerStore>();

/** What is written to a chat, by its id; `new` is the chat that is yet to be. */
export function composerOf(chat: string): ComposerStore {
  const name = owned(chat);
  const known = stores.get(name);
  if (known) return known;
  const store = new ComposerStore(name);
  stores.set(name, store);
  return store;
}

export function useComposer(store: ComposerStore): ComposerState {
  return useSyncExternalStore(store.subscribe, store.read);
}

whenDropped(() => {
  for (const store of stores.values()) store.drop();
  stores.clear();
});

/** Nothing that was typed in the last moment may be lost with the page. */
export function keepDraftsOnLeave(): void {
  const keep = () => {
    for (const store of stores.values()) store.save();
  };
  window.addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);
}
