import { TopBar } from "@/components/top-bar";

export function NewChatPage() {
  return (
    <main className="main" id="main">
      <TopBar />
      <div className="hello">
        <h1>What should be done?</h1>
      </div>
    </main>
  );
}
