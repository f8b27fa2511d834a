import { test } from "vitest";
import { audit, shoot, type Theme, type Width } from "./harness";
import { ground } from "./kit/stand";

const all = ground({ flags: ["--demo"] });

const PAGES = [
  { path: "behavior", heading: "Behavior" },
  { path: "appearance", heading: "Appearance" },
  { path: "notifications", heading: "Notifications" },
  { path: "account", heading: "Account" },
  { path: "security", heading: "Security" },
  { path: "tokens", heading: "API tokens" },
  { path: "providers?provider=openai-compat", heading: "Providers" },
  { path: "models", heading: "Models" },
  { path: "system-prompt", heading: "System prompt" },
  { path: "models?model=new", heading: "Models" },
  { path: "limits", heading: "Limits" },
  { path: "usage", heading: "Usage" },
  { path: "deployment", heading: "Deployment" },
  { path: "users", heading: "Users" },
  { path: "users?user=admin", heading: "Users" },
];

const COMBINATIONS = (["desk", "phone"] satisfies Width[]).flatMap((width) =>
  (["light", "dark"] satisfies Theme[]).map((theme) => [width, theme] as const),
);

test.each(COMBINATIONS)("pages open by their address: %s %s", async (...[width, theme]) => {
  const tab = await all.open({ width, theme });
  for (const { path, heading } of PAGES) {
    await tab.page.goto(`/agents/settings/${path}`);
    await tab.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await tab.page.waitForFunction(() => document.querySelector(".loading") === null);
    await shoot(tab, `settings-${path.replace(/\W+/g, "-")}-${width}-${theme}`);
    await audit(tab);
  }
  // Reports what the shots and audits found.
  await tab.close();
});
