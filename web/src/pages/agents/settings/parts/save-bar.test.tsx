// @vitest-environment jsdom
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { SaveBar } from "./save-bar";

afterEach(cleanup);

/** A page whose address names the row that is open. */
async function page(changes: number) {
  vi.stubGlobal("scrollTo", () => {});
  const root = createRootRoute();
  const form = createRoute({
    getParentRoute: () => root,
    path: "/providers",
    component: () => <SaveBar changes={changes} saving={false} onDiscard={() => {}} />,
  });
  const router = createRouter({
    routeTree: root.addChildren([form]),
    history: createMemoryHistory({ initialEntries: ["/providers?provider=openai"] }),
  });
  const open = (to: string, ignoreBlocker = false) =>
    void router.navigate({ to, ignoreBlocker } as Parameters<typeof router.navigate>[0]);
  const at = () => router.history.location.href;
  // Its types are those of the whole page.
  render(<RouterProvider router={router as never} />);
  await screen.findByRole("button", { name: "Save" });
  return { open, at };
}

const OTHER = "/providers?provider=azure";

test("another row of the same page asks first when something is not saved", async () => {
  const { open, at } = await page(1);
  open(OTHER);
  await screen.findByText("Leave without saving?");
  expect(at()).toBe("/providers?provider=openai");
  fireEvent.click(screen.getByRole("button", { name: "Leave" }));
  await waitFor(() => expect(at()).toBe(OTHER));
});

test("what was not changed is left at once, and what is closed on purpose, too", async () => {
  const unchanged = await page(0);
  unchanged.open(OTHER);
  await waitFor(() => expect(unchanged.at()).toBe(OTHER));
  cleanup();
  const closed = await page(1);
  closed.open(OTHER, true);
  await waitFor(() => expect(closed.at()).toBe(OTHER));
  expect(screen.queryByText("Leave without saving?")).toBeNull();
});
