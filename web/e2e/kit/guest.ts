// Somebody else, who looks at the same server.
import type { Stage } from "./state";

const PASSWORD = "correct horse battery staple 7";

export interface Guest {
  id: string;
  /** From now on the page is theirs. */
  enter: () => Promise<void>;
  gone: () => Promise<unknown>;
}

export async function makeGuest({ client, server, tab }: Stage): Promise<Guest> {
  const username = `guest-${Date.now()}`;
  const email = `${username}@example.org`;
  const account = { username, email, password: PASSWORD };
  const { id } = await client.post<{ id: string }>("/users", account);
  const enter = async () => {
    const answer = await fetch(`${server.url}/api/v2/users/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    const { session_token } = (await answer.json()) as { session_token: string };
    const cookies = await tab.context.cookies();
    const session = cookies.find((one) => one.name.endsWith("coder_session_token"));
    if (session) await tab.context.addCookies([{ ...session, value: session_token }]);
  };
  return { id, enter, gone: () => client.send("DELETE", `/users/${id}`) };
}
