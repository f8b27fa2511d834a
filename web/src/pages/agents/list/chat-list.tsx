import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "@/api/client";
import type { Chat } from "@/api/generated/types";
import { Empty, Failed, Loading } from "@/components/ui/states";

export function ChatList() {
  const chats = useQuery({
    queryKey: ["chats"],
    queryFn: ({ signal }) => api.get<Chat[]>("/chats", undefined, signal),
  });
  if (chats.isPending) return <Loading rows={5} label="Loading chats" />;
  if (chats.isError) {
    return <Failed title="Chats could not be loaded" error={chats.error} onRetry={chats.refetch} />;
  }
  if (chats.data.length === 0) {
    return <Empty title="No chats yet">Your chats will be listed here.</Empty>;
  }
  return (
    <div className="chats">
      {chats.data.map((chat) => (
        <Link
          key={chat.id}
          to="/agents/$id"
          params={{ id: chat.id }}
          className="chat"
          activeProps={{ className: "on" }}
        >
          <span />
          <span className="l1">
            <span className="t cut">{chat.title}</span>
          </span>
        </Link>
      ))}
    </div>
  );
}
