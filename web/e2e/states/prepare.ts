import type { Stage } from "../kit/state";
import { LEDGER, PLAN } from "./script";

/** Puts a repository into the demo's workspace, as an agent would. */
export async function prepare({ client }: Stage): Promise<void> {
  const chat = await client.begin("prepare the repository", { workspace: true });
  await client.settled(chat.id);
  await client.patch(`/chats/${chat.id}`, { archived: true });
}

/** The rule of the script that does it. */
export const PREPARE = `
[[on]]
user = "prepare the repository"
step = 1
reply.call = [{ tool = "execute", args = { command = ${JSON.stringify(`${LEDGER}\ncat > ~/PLAN.md <<'EOF'\n${PLAN}EOF\n`)} } }]
`;
