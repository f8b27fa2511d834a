import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { keepReasons } from "./query";

test("a reason stays while the same is asked for again, and goes with the answer", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  keepReasons(client.getQueryCache());
  let answer = (_words: string) => {};
  const later = new Promise<string>((done) => {
    answer = done;
  });
  const asked = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new Error("no database"))
    .mockReturnValue(later);
  const options = { queryKey: ["x"], queryFn: asked };
  await expect(client.fetchQuery(options)).rejects.toThrow("no database");
  const again = client.fetchQuery(options);
  const state = () => client.getQueryState(["x"]);
  await vi.waitFor(() => expect(state()?.status).toBe("error"));
  expect(state()?.fetchStatus).toBe("fetching");
  expect(state()?.error?.message).toBe("no database");
  answer("here");
  expect(await again).toBe("here");
  expect(state()?.status).toBe("success");
});
