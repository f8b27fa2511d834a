import type { ChatStatus } from "../../src/api/generated/types";
import type { Stage, State } from "./state";

/** What every chat of the states is called. */
export const TITLE = "Fix the failing remainder test";

/** A chat in a state, and how it gets there. */
export interface Scene {
  text: string;
  workspace?: boolean;
  /** More fields of the request that begins it. */
  fields?: object;
  /** What the chat must be before it is opened. */
  status?: ChatStatus;
  before?: (stage: Stage, id: string) => Promise<unknown>;
  /** Words that show that the page is there. */
  sign: string | RegExp;
  search?: string;
}

/** Begins a chat, waits until it is so far, and opens it. */
export async function enter(stage: Stage, scene: Scene): Promise<string> {
  const { client, page } = stage;
  const chat = await client.begin(scene.text, {
    workspace: scene.workspace ?? true,
    ...(scene.fields ? { fields: scene.fields } : {}),
  });
  await client.patch(`/chats/${chat.id}`, { title: TITLE });
  if (scene.status) await client.settled(chat.id, scene.status);
  await scene.before?.(stage, chat.id);
  await page.goto(`/agents/${chat.id}${scene.search ?? ""}`);
  await page.locator("main").getByText(scene.sign).first().waitFor();
  return chat.id;
}

export const scene = (name: string, what: Scene): State => ({
  name,
  open: (stage) => enter(stage, what),
});
