import { useCallback, useEffect, useRef, useState } from "react";
import type { GitFrame, GitRequest } from "@/api/generated/types";
import { type Link, Socket } from "@/api/socket";
import { applyGit, type GitState, NOTHING_KNOWN } from "@/stream/git";

/** What was known when a chat's changes were last shown: more than nothing until they answer. */
const lastKnown = new Map<string, GitState>();

export interface LiveGit extends GitState {
  link: Link;
  /** Someone has asked to look again and no answer has come yet. */
  refreshing: boolean;
  refresh: () => void;
}

/** Follows the changes of a chat's workspace for as long as they are shown. */
export function useGit(chat: string, enabled: boolean): LiveGit {
  const [state, setState] = useState<GitState>(() => lastKnown.get(chat) ?? NOTHING_KNOWN);
  const [link, setLink] = useState<Link>("connecting");
  const [refreshing, setRefreshing] = useState(false);
  const socket = useRef<Socket | undefined>(undefined);
  useEffect(() => {
    if (!enabled) return;
    let first = true;
    const opened = new Socket({
      address: () => {
        first = true;
        return `/api/v2/chats/${chat}/stream/git`;
      },
      onFrame: (frame) => {
        const git = frame as GitFrame;
        if (git.type !== "changes") return;
        setRefreshing(false);
        const whole = first;
        first = false;
        setState((known) => {
          const next = applyGit(known, git, whole);
          lastKnown.set(chat, next);
          return next;
        });
      },
      onLink: (next) => {
        setLink(next);
        if (next !== "open") setRefreshing(false);
      },
    });
    socket.current = opened;
    return () => {
      socket.current = undefined;
      opened.close();
    };
  }, [chat, enabled]);
  const refresh = useCallback(() => {
    const request: GitRequest = { type: "refresh" };
    if (socket.current?.send(request)) setRefreshing(true);
    else socket.current?.renew();
  }, []);
  return { ...state, link, refreshing, refresh };
}
