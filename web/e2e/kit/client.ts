// The API as a script uses it: by the token of the session that a page has.
import type { Chat, ChatStatus, WorkspacesPage } from "../../src/api/generated/types";
import type { Server, Tab } from "../harness";

const WAIT_MS_MAX = 30_000;

export class Client {
  private constructor(
    readonly server: Server,
    private readonly token: string,
  ) {}

  static async of(tab: Tab, server: Server): Promise<Client> {
    const cookies = await tab.context.cookies();
    const session = cookies.find((one) => one.name.endsWith("coder_session_token"));
    if (!session) throw new Error("the page has no session");
    return new Client(server, session.value);
  }

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://${this.server.address}/api/v2${path}`, {
      method,
      headers: {
        "Content-Type": "application/json",
        "Coder-Session-Token": this.token,
        // Looking again and again must not use up what the page may ask.
        "X-Coder-Bypass-Ratelimit": "true",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  get = <T>(path: string) => this.send<T>("GET", path);
  post = <T>(path: string, body?: unknown) => this.send<T>("POST", path, body);
  patch = <T>(path: string, body: unknown) => this.send<T>("PATCH", path, body);

  /** Starts a chat; its agent works in the person's first workspace if that is asked for. */
  async begin(text: string, options: { workspace?: boolean; fields?: object } = {}): Promise<Chat> {
    const workspace = options.workspace ? await this.workspace() : undefined;
    return this.post<Chat>("/chats", {
      content: [{ type: "text", text }],
      client_type: "ui",
      ...(workspace ? { workspace_id: workspace } : {}),
      ...options.fields,
    });
  }

  say(chat: string, text: string): Promise<unknown> {
    return this.post(`/chats/${chat}/messages`, { content: [{ type: "text", text }] });
  }

  async workspace(): Promise<string> {
    const { workspaces } = await this.get<WorkspacesPage>("/workspaces");
    const first = workspaces[0];
    if (!first) throw new Error("there is no workspace");
    return first.id;
  }

  /** Looks until the chat is so; the server says no sooner by this door. */
  async until(id: string, what: string, isSo: (chat: Chat) => boolean): Promise<Chat> {
    const late = Date.now() + WAIT_MS_MAX;
    let chat = await this.get<Chat>(`/chats/${id}`);
    while (!isSo(chat)) {
      if (Date.now() > late) throw new Error(`the chat is not ${what}: ${JSON.stringify(chat)}`);
      await new Promise((done) => setTimeout(done, 50));
      chat = await this.get<Chat>(`/chats/${id}`);
    }
    return chat;
  }

  /** The demo's chat, once the agent has finished it. */
  async demo(): Promise<Chat> {
    const late = Date.now() + WAIT_MS_MAX;
    for (;;) {
      const [chat] = await this.get<Chat[]>("/chats");
      if (chat) return this.settled(chat.id);
      if (Date.now() > late) throw new Error("the demo does not begin");
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  settled(id: string, status: ChatStatus = "waiting"): Promise<Chat> {
    return this.until(id, status, (chat) => chat.status === status);
  }

  /** Begins a chat and waits until its agent has ended. */
  async finished(text: string, options: { workspace?: boolean } = {}): Promise<Chat> {
    const chat = await this.begin(text, options);
    return this.settled(chat.id);
  }

  /** Puts every chat but the kept ones out of sight, so that the next list starts bare. */
  async clearChats(keep: readonly string[] = []): Promise<void> {
    const chats = await this.get<Chat[]>("/chats?limit=50");
    for (const chat of chats.filter((one) => !keep.includes(one.id))) {
      const idle = (one: Chat) => one.status === "waiting" || one.status === "error";
      for (const one of [chat, ...chat.children].filter((one) => !idle(one))) {
        await this.post(`/chats/${one.id}/interrupt`);
        await this.until(one.id, "idle", idle);
      }
      await this.patch(`/chats/${chat.id}`, { archived: true });
    }
  }
}
