import { TopBar } from "@/components/top-bar";

export function ChatPage() {
  return (
    <main className="main" id="main">
      <TopBar title="Chat" />
    </main>
  );
}
