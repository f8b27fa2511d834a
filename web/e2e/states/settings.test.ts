// Every page of the settings, and the states that their forms and tables have.
import type { Page } from "playwright-core";
import { makeGuest } from "../kit/guest";
import { describeStates, type Stage, type State } from "../kit/state";
import { fail, hold } from "../kit/wire";
import { CHAT_SCRIPT } from "./chat.script";
import { onMachine } from "./machine";

const at = (path: string) => `/agents/settings/${path}`;

async function loaded(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector(".loading") === null);
}

async function toTop({ page }: Stage): Promise<void> {
  await page.locator("main > .page").evaluate((scroller) => scroller.scrollTo({ top: 0 }));
}

/** A page as it opens. */
const page = (name: string, path: string, more: Partial<State> = {}): State => ({
  name,
  open: async ({ page }) => {
    await page.goto(at(path));
    await loaded(page);
  },
  ...more,
});

/** A page whose data never comes, and one whose data can't be had. */
function troubled(name: string, path: string, data: RegExp): State[] {
  return [
    {
      name: `${name}-loading`,
      open: async ({ page }) => {
        await hold(page, data);
        await page.goto(at(path));
        await page.locator(".loading").first().waitFor();
      },
    },
    {
      name: `${name}-failed`,
      expected: /503/,
      open: async ({ page }) => {
        await fail(page, "read", data, { message: "The database is not available." });
        await page.goto(at(path));
        await page.getByRole("alert").first().waitFor();
      },
    },
  ];
}

/** The page of somebody who may not open it. */
function forbidden(path: string): State {
  let gone: () => Promise<unknown> = async () => undefined;
  return {
    name: `${path}-forbidden`,
    // Behind the block the guest's own list of chats is another one.
    expected: /40[013]/,
    open: async (stage) => {
      const { page } = stage;
      const guest = await makeGuest(stage);
      gone = guest.gone;
      await guest.enter();
      await page.goto(at(path));
      await page.getByText("You don’t have access").waitFor();
    },
    after: () => gone(),
  };
}

/** The deployment page of a machine that is always the same. */
const deployment = (name: string, how: "well" | "unwell", more: Partial<State> = {}): State => ({
  name,
  open: async ({ page }) => {
    await onMachine(page, how);
    await page.goto(at("deployment"));
    await loaded(page);
  },
  ...more,
});

const field = ({ page }: Stage, label: string | RegExp) => page.getByLabel(label).first();

const STATES: State[] = [
  page("behavior", "behavior"),
  page("appearance", "appearance"),
  page("tokens-empty", "tokens"),
  page("providers", "providers"),
  page("provider-key-set", "providers?provider=anthropic"),
  page("provider-key-unset", "providers?provider=google"),
  page("models", "models"),
  // The form comes into view as far as it is there by then.
  page("model-new", "models?model=new", { pose: toTop }),
  page("system-prompt", "system-prompt"),
  page("users", "users"),
  page("user", "users?user=admin"),
  page("groups-empty", "groups"),
  page("limits", "limits"),
  page("usage", "usage"),
  page("notifications", "notifications"),
  page("account", "account"),
  page("security", "security"),
  page("analytics", "../analytics"),
  deployment("deployment", "well"),
  deployment("deployment-attention", "unwell"),
  deployment("deployment-settings", "well", {
    pose: ({ page }) => page.getByText("Keys that seal").scrollIntoViewIfNeeded(),
  }),
  ...troubled("models", "models", /\/chats\/model-configs/),
  ...troubled("providers", "providers", /\/chats\/providers/),
  ...troubled("users", "users", /\/users\?/),
  ...troubled("deployment", "deployment", /\/deployment\/health/),
  forbidden("providers"),
  forbidden("users"),
  {
    name: "provider-refused",
    expected: /400/,
    open: async (stage) => {
      await stage.page.goto(at("providers?provider=openai-compat"));
      await loaded(stage.page);
      await field(stage, "Address").fill("http://127.0.0.1:1/v1");
      await stage.page.getByRole("button", { name: /^Save/ }).first().click();
      await stage.page.getByText("could not be asked").first().waitFor();
    },
  },
  {
    name: "token-made",
    open: async (stage) => {
      const { page } = stage;
      await page.goto(at("tokens"));
      await page.getByRole("button", { name: "New token" }).click();
      await field(stage, "Name").fill(`nightly-${Date.now() % 1000}`);
      await page.getByRole("button", { name: "Create token" }).click();
      await page.getByRole("button", { name: "I have it" }).waitFor();
    },
    after: async ({ page }) => {
      await page.getByRole("button", { name: "I have it" }).click();
      await page
        .getByRole("button", { name: /^Revoke/ })
        .first()
        .click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await page.getByText("No tokens").waitFor();
    },
  },
  {
    name: "behavior-warnings",
    open: async (stage) => {
      await stage.page.goto(at("behavior"));
      await field(stage, "Personal prompt").fill("Be\u200B kind\u202E.");
      await field(stage, /Atlas Large/).fill("100");
      await stage.page.getByText("100 % turns automatic summaries off").waitFor();
    },
  },
  {
    name: "behavior-saving",
    open: async (stage) => {
      await hold(stage.page, /user-prompt/, "PUT");
      await stage.page.goto(at("behavior"));
      await field(stage, "Personal prompt").fill("Be kind.");
      await stage.page.getByRole("button", { name: "Save", exact: true }).click();
    },
  },
  {
    name: "behavior-saved",
    open: async (stage) => {
      await stage.page.goto(at("behavior"));
      await field(stage, "Personal prompt").fill("Be kind.");
      await stage.page.getByRole("button", { name: "Save", exact: true }).click();
      await stage.page.getByText("Saved").waitFor();
    },
    after: async ({ client }) =>
      client.send("PUT", "/chats/config/user-prompt", { custom_prompt: "" }),
  },
  {
    name: "behavior-not-saved",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "write", /user-prompt/, { message });
      await stage.page.goto(at("behavior"));
      await field(stage, "Personal prompt").fill("Be kind.");
      await stage.page.getByRole("button", { name: "Save", exact: true }).click();
      await stage.page.getByText(message).first().waitFor();
    },
  },
  {
    name: "leave-unsaved",
    open: async (stage) => {
      await stage.page.goto(at("behavior"));
      await field(stage, "Personal prompt").fill("Be brief.");
      await stage.page.getByRole("link", { name: "Appearance" }).click();
      await stage.page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
    },
  },
  {
    name: "user-invalid",
    expected: /400/,
    open: async (stage) => {
      await stage.page.goto(at("users?user=-new"));
      await field(stage, "Email").fill("ada@example.org");
      await field(stage, "User name").fill("ada");
      await field(stage, "Password").fill("short");
      await stage.page.getByRole("button", { name: "Add user" }).last().click();
      await stage.page.getByRole("alert").first().waitFor();
    },
  },
];

describeStates({ name: "settings", script: CHAT_SCRIPT, states: STATES });
