import type {
  Chat,
  ChatMessage,
  ChatStatus,
  JsonValue,
  MessageRole,
  QueuedMessage,
  RetryState,
  StreamError,
} from "@/api/generated/types";

/** A part that is being written. Deltas of the same part are one of these. */
export type LivePart =
  | { kind: "text"; role: MessageRole; text: string }
  | { kind: "reasoning"; role: MessageRole; text: string }
  | { kind: "call"; id: string; name: string; argsText: string; args: JsonValue | undefined }
  | {
      kind: "result";
      id: string;
      name: string;
      /** What a running tool has put out so far. */
      output: string;
      result: JsonValue | undefined;
      isError: boolean;
    };

/** One attempt at one step: parts belong to it, in the order of their numbers. */
export interface Episode {
  historyVersion: number;
  attempt: number;
  /** Number of the last part that was taken. */
  seq: number;
}

/** Calls that the app which started the chat is to answer. */
export interface Asked {
  ids: readonly string[];
  /** When the agent goes on without answers. */
  deadline: string | undefined;
}

/** Everything that a stream says about a chat. */
export interface ChatState {
  /** Null until the stream has said it. */
  status: ChatStatus | null;
  /** By id, ascending. */
  messages: readonly ChatMessage[];
  queue: readonly QueuedMessage[];
  episode: Episode | null;
  live: readonly LivePart[];
  retry: RetryState | null;
  error: StreamError | null;
  asked: Asked | null;
  /** Fields of the chat that changed since it was loaded. */
  chat: Partial<Chat>;
  /** A part is missing: the connection must be made anew from the last good place. */
  gap: boolean;
}

export const EMPTY: ChatState = {
  status: null,
  messages: [],
  queue: [],
  episode: null,
  live: [],
  retry: null,
  error: null,
  asked: null,
  chat: {},
  gap: false,
};
