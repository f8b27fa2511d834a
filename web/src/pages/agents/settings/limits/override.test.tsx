// @vitest-environment jsdom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { draw, serve } from "@/test/serve";
import { Override } from "./override";

// It needs the page's router.
vi.mock("../parts/leave-guard", () => ({
  LeaveGuard: ({ dirty }: { dirty: boolean }) => dirty && <i>Guarded</i>,
}));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PATH = "/chats/usage-limits/overrides/7";
const field = () => screen.getByLabelText("Limit of ada in dollars");
const type = (value: string) => fireEvent.change(field(), { target: { value } });

test("only an amount above 0 can be saved, and it is sent in micro-dollars", async () => {
  const asked = serve({ [`PUT ${PATH}`]: { body: {} } });
  draw(<Override path={PATH} name="ada" micros={5_000_000} />);
  const save = screen.getByRole<HTMLButtonElement>("button", { name: /Save/ });
  expect(save.disabled).toBe(true);
  expect(screen.queryByText("Guarded")).toBeNull();
  for (const wrong of ["0", "-1", "much"]) {
    type(wrong);
    expect(save.disabled).toBe(true);
    expect(screen.getByRole("alert").textContent).toContain("above 0");
  }
  type("7.25");
  expect(screen.getByText("Guarded")).toBeTruthy();
  fireEvent.click(save);
  await waitFor(() => expect(asked).toEqual([`PUT ${PATH} {"spend_limit_micros":7250000}`]));
});

test("what the server says of the amount stands beside it", async () => {
  const detail = "must be more than 0";
  const body = { message: "No.", validations: [{ field: "spend_limit_micros", detail }] };
  serve({ [`PUT ${PATH}`]: { status: 400, body } });
  draw(<Override path={PATH} name="ada" micros={null} />);
  expect(screen.queryByRole("button", { name: /Remove/ })).toBeNull();
  type("3");
  fireEvent.click(screen.getByRole("button", { name: /Save/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("It must be more than 0.");
  expect(field().getAttribute("aria-invalid")).toBe("true");
});

test("a limit is removed, and a refusal is said", async () => {
  const asked = serve({ [`DELETE ${PATH}`]: { status: 403, body: { message: "Not yours." } } });
  draw(<Override path={PATH} name="ada" micros={1_000_000} />);
  fireEvent.click(screen.getByRole("button", { name: /Remove/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("Not yours.");
  expect(asked).toEqual([`DELETE ${PATH}`]);
});
