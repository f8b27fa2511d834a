// Keeps the state of one open chat: feeds the reducer, flushes once per frame, mends gaps.
import { ApiError, api, serverNow } from "@/api/client";
import type { Frame, MessagesPage } from "@/api/generated/types";
import { type Link, Socket } from "@/api/socket";
import { Views } from "@/lib/views";
import { applyAll, withOlder } from "./reducer";
import { type ChatState, EMPTY } from "./state";
import { Thoughts } from "./thoughts";

const PAGE = 50;
/** A chat that nobody looks at for longer is not followed: it would count as read. */
export const HIDDEN_MS_MAX = 5 * 60_000;

export interface Snapshot {
  chat: ChatState;
  link: Link;
  /** Whether the first page of history has arrived. */
  loaded: boolean;
  /** Whether there is older history on the server. */
  hasOlder: boolean;
  loadingOlder: boolean;
  /** Why older history did not come when it was asked for last. */
  olderFailure: unknown;
  /** What ended the stream for good, or kept the history away. */
  failure: ApiError | null;
}

const START: Snapshot = {
  chat: EMPTY,
  link: "connecting",
  loaded: false,
  hasOlder: false,
  loadingOlder: false,
  olderFailure: null,
  failure: null,
};

export class ChatStore {
  private snapshot = START;
  private pending: Snapshot | undefined;
  private scheduled = 0;
  private cursor: string | undefined;
  private socket: Socket | undefined;
  private readonly listeners = new Set<() => void>();
  private closed = false;
  private hidden: ReturnType<typeof setTimeout> | undefined;
  readonly views = new Views();
  private readonly thoughts = new Thoughts(this.views.kept);

  constructor(readonly id: string) {}

  /** Loads the newest page, then follows the chat from there on. */
  open(): void {
    this.closed = false;
    document.addEventListener("visibilitychange", this.onView);
    this.onView();
    if (this.latest.loaded) this.follow();
    else void this.load();
  }

  close(): void {
    this.closed = true;
    document.removeEventListener("visibilitychange", this.onView);
    clearTimeout(this.hidden);
    this.unfollow();
    cancelAnimationFrame(this.scheduled);
    this.scheduled = 0;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): Snapshot => this.snapshot;

  readonly retry = (): void => {
    this.update({ failure: null });
    if (this.latest.loaded) void this.again("");
    else void this.load();
  };

  readonly loadOlder = async (): Promise<void> => {
    const { chat, hasOlder, loadingOlder } = this.latest;
    const first = chat.messages[0];
    if (!hasOlder || loadingOlder || !first) return;
    this.update({ loadingOlder: true, olderFailure: null });
    try {
      const page = await this.page(first.id);
      const older = withOlder(this.latest.chat, page.messages);
      this.update({ chat: older, hasOlder: page.has_more, loadingOlder: false });
    } catch (olderFailure) {
      this.update({ loadingOlder: false, olderFailure });
    }
  };

  /** Takes one frame of the stream. */
  readonly take = (frame: Frame): void => {
    if (frame.type === "ping") return;
    if (frame.type === "error") {
      this.fail(frame.data.message);
      return;
    }
    const chat = applyAll(this.latest.chat, frame.data);
    if (chat.gap) {
      this.update({ chat: { ...chat, gap: false } });
      this.socket?.renew();
      return;
    }
    if (frame.cursor) this.cursor = frame.cursor;
    this.thoughts.see(chat.live, serverNow());
    this.update({ chat });
  };

  private get latest(): Snapshot {
    return this.pending ?? this.snapshot;
  }

  private async load(): Promise<void> {
    try {
      const page = await this.page();
      if (this.closed) return;
      // The queue comes with the stream: this page may be older than that.
      const chat = withOlder(EMPTY, page.messages);
      this.update({ chat, hasOlder: page.has_more, loaded: true, failure: null });
      this.follow();
    } catch (error) {
      if (this.closed) return;
      const failure = error instanceof ApiError ? error : new ApiError(0, {});
      this.update({ failure });
      if (failure.transient) setTimeout(() => this.closed || this.load(), 2_000);
    }
  }

  private page(before?: number): Promise<MessagesPage> {
    const query = before === undefined ? { limit: PAGE } : { limit: PAGE, before_id: before };
    return api.get<MessagesPage>(`/chats/${this.id}/messages`, query);
  }

  private follow(): void {
    // A page that was left and entered again at once has loaded twice.
    if (this.socket) return;
    this.socket = new Socket({
      address: () => this.address(),
      onFrame: (frame) => this.take(frame as Frame),
      onLink: (link) => this.update({ link }),
    });
  }

  private unfollow(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private readonly onView = (): void => {
    clearTimeout(this.hidden);
    if (document.visibilityState === "hidden") {
      this.hidden = setTimeout(() => this.unfollow(), HIDDEN_MS_MAX);
    } else if (this.latest.loaded && !this.latest.failure) this.follow();
  };

  private address(): string {
    const words = new URLSearchParams();
    words.set("after_id", String(this.latest.chat.messages.at(-1)?.id ?? 0));
    if (this.cursor) words.set("cursor", this.cursor);
    return `/api/v2/chats/${this.id}/stream?${words}`;
  }

  /** The server ended the stream: look by a plain request why. */
  private fail(message: string): void {
    this.cursor = undefined;
    const { chat } = this.latest;
    this.update({ chat: { ...chat, queue: [], retry: null, error: null } });
    void this.again(message);
  }

  private async again(message: string): Promise<void> {
    try {
      await this.page();
      if (this.socket) this.socket.renew();
      else if (!this.closed) this.follow();
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError(0, { message });
      // As long as there is a socket it comes back by itself.
      if (failure.transient && this.socket) return;
      this.unfollow();
      this.update({ failure });
    }
  }

  /** Many frames become one rendering. */
  private update(change: Partial<Snapshot>): void {
    this.pending = { ...this.latest, ...change };
    if (this.scheduled) return;
    const flush = () => {
      this.scheduled = 0;
      if (this.closed || !this.pending) return;
      this.snapshot = this.pending;
      this.pending = undefined;
      for (const listener of this.listeners) listener();
    };
    // A hidden tab gets no animation frames, but its title and list still count.
    this.scheduled =
      document.visibilityState === "hidden"
        ? (setTimeout(flush, 100) as unknown as number)
        : requestAnimationFrame(flush);
  }
}
