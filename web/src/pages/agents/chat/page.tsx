import { useParams } from "@tanstack/react-router";
import { useChat } from "@/api/chats";
import { TopBar } from "@/components/top-bar";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { ChatView } from "./view";

export function ChatPage() {
  const { id } = useParams({ strict: false });
  if (!id) return null;
  // One page per chat: nothing of another one may linger.
  return <LoadedChat key={id} id={id} />;
}

function LoadedChat({ id }: { id: string }) {
  const chat = useChat(id);
  if (chat.data) return <ChatView chat={chat.data} />;
  return (
    <main className="main" id="main">
      <TopBar />
      <div className="column alone">
        {chat.isPending && <Loading rows={6} label="Loading the chat" />}
        {chat.isError && (
          <Failed
            title="The chat could not be loaded"
            error={chat.error}
            onRetry={() => void chat.refetch()}
          />
        )}
        {chat.isSuccess && <Empty title="Not found" />}
      </div>
    </main>
  );
}
