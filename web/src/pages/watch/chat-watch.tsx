import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { watchChats } from "@/api/chats";
import { queryClient } from "@/api/query";
import { usageStatusQuery } from "@/api/usage";
import { useWatchLink } from "@/api/watch-link";
import { Statuses } from "@/lib/attention/news";
import { announce } from "./announce";
import { useTitle } from "./title";

/** Follows the chats of the person on every page, and says what they have to say. */
export function ChatWatch() {
  const navigate = useNavigate();
  useEffect(() => {
    const statuses = new Statuses();
    const open = (id: string) => void navigate({ to: "/agents/$id", params: { id } });
    return watchChats(
      (link) => useWatchLink.setState({ link }),
      ({ kind, chat }) => {
        const news = statuses.take(kind, chat);
        // A run that has ended has cost something.
        if (news) void queryClient.invalidateQueries({ queryKey: usageStatusQuery.queryKey });
        if (news) announce(chat, news, open);
      },
    );
  }, [navigate]);
  useTitle();
  return null;
}
