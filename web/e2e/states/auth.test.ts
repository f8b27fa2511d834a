// The pages before there is a session, and the first steps after it.
import { describeStates, type Stage, type State } from "../kit/state";
import { fail, hold } from "../kit/wire";

async function login({ page }: Stage, tries = 0): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Email").fill("nobody@example.org");
  await page.getByLabel("Password").fill("not the password");
  for (let at = 0; at < tries; at += 1) {
    const answer = page.waitForResponse(/users\/login/);
    await page.getByRole("button", { name: "Sign in" }).click();
    await answer;
    await page.getByRole("alert").waitFor();
  }
}

/** The server's answer while nobody has an account. */
async function setup({ page }: Stage): Promise<void> {
  await page.route(/\/users\/first/, (route) =>
    route.request().method() === "GET"
      ? route.fulfill({ status: 404, json: { message: "There is no user yet." } })
      : route.fallback(),
  );
  await page.goto("/setup");
  await page.getByRole("heading", { name: "The first account" }).waitFor();
}

const anonymous = (name: string, open: State["open"], expected = /401/): State => ({
  name,
  open,
  expected,
  anonymous: true,
});

const STATES: State[] = [
  anonymous("login", (stage) => login(stage)),
  anonymous("login-wrong", async (stage) => {
    await login(stage, 1);
    await stage.page.getByRole("alert").waitFor();
  }),
  anonymous(
    "login-throttled",
    async (stage) => {
      await login(stage, 7);
      await stage.page.getByText(/Try again in/).waitFor();
    },
    /401|429/,
  ),
  anonymous("login-link-used", async ({ page }) => {
    await page.goto("/login#secret=0123456789abcdef0123456789abcdef");
    await page.getByRole("alert").waitFor();
  }),
  anonymous("invite", async ({ page }) => {
    await page.goto("/invite#secret=0123456789abcdef0123456789abcdef");
    await page.getByRole("heading", { name: "Join your team" }).waitFor();
  }),
  anonymous("invite-over", async ({ page }) => {
    await page.goto("/invite");
    await page.getByRole("heading", { name: "This invitation is not valid" }).waitFor();
  }),
  anonymous("signing-in", async ({ page }) => {
    await hold(page, /users\/login-link/);
    await page.goto("/login#secret=0123456789abcdef0123456789abcdef");
    await page.getByText("The link works once.").waitFor();
  }),
  anonymous(
    "login-unreachable",
    async ({ page }) => {
      await fail(page, "read", /authmethods/, { message: "The database is not available." });
      await page.goto("/login");
      await page.getByText("The server can’t be reached").waitFor();
    },
    /503/,
  ),
  anonymous("setup", setup, /404/),
  anonymous(
    "setup-refused",
    async (stage) => {
      await setup(stage);
      await stage.page.getByLabel("Email").fill("ada@example.org");
      await stage.page.getByLabel("User name").fill("ada");
      await stage.page.getByLabel("Password").fill("short");
      await stage.page.getByRole("button", { name: "Create the account" }).click();
      await stage.page.getByRole("alert").waitFor();
    },
    /40[0-9]/,
  ),
  {
    name: "trouble",
    expected: /503/,
    open: async ({ page }) => {
      await fail(page, "read", /users\/me$/, { message: "The database is not available." });
      await page.goto("/agents");
      await page.getByText("The server is in trouble").waitFor();
    },
  },
  {
    name: "no-model",
    open: async ({ page }) => {
      await page.goto("/agents");
      await page.getByText("One model, then you can start").waitFor();
    },
  },
  {
    name: "first-run",
    open: async ({ page }) => {
      await page.goto("/agents/welcome");
      await page.getByRole("heading", { name: "One model, then you can start" }).waitFor();
    },
  },
  {
    name: "page-not-found",
    open: async ({ page }) => {
      await page.goto("/nothing/here");
      await page.getByRole("heading", { level: 1 }).waitFor();
    },
  },
];

describeStates({ name: "auth", flags: [], states: STATES });
