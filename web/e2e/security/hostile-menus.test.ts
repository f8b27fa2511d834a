// The open menu of models, where models and providers have hostile names.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { CatalogueProvider, ModelCatalogue } from "../../src/api/generated/types";
import { plain } from "../../src/lib/plain";
import { HOSTILE } from "../../src/test/hostile";
import { WIDTHS } from "../harness";
import { stand } from "../kit/stand";
import { guard, inspect } from "./findings";

/** More models than that have a search above them. */
const LISTED_MAX = 8;
const SIZES = [WIDTHS.desk, WIDTHS.phone];

const SCRIPT = `
name = "menus"
[[on]]
else = true
reply.text = "Done."
`;

const all = stand({ name: "menus", script: SCRIPT });

beforeAll(() => guard(all.tab));

/**
 * Each text as the name of a provider and of its one model. The server itself would cut the
 * longest, and knows but eight providers, by its own names.
 */
async function offer(page: Page, texts: readonly string[], isOff = (_at: number) => false) {
  await page.unrouteAll({ behavior: "wait" });
  await page.route(/\/api\/v2\/chats\/models$/, async (route) => {
    const response = await route.fetch();
    const catalogue = (await response.json()) as ModelCatalogue;
    const [real] = catalogue.providers.filter((one) => one.available);
    const [model] = real?.models ?? [];
    if (!real || !model) throw new Error("there is no model");
    const providers = texts.map((text, at): CatalogueProvider => {
      const id = { model_config_id: `model-${at}`, is_default: at === 0 };
      return {
        ...real,
        provider: `provider-${at}`,
        display_name: text,
        available: !isOff(at),
        unavailable_reason: isOff(at) ? "missing_api_key" : null,
        models: [{ ...model, ...id, model: text, display_name: text }],
      };
    });
    await route.fulfill({ response, json: { ...catalogue, providers } });
  });
  await page.goto("/agents");
}

/** One of the names is nothing but characters that are taken out. */
const picker = (page: Page) => page.getByRole("button", { name: /^Model:/ });

const groups = Array.from({ length: Math.ceil(HOSTILE.length / LISTED_MAX) }, (_, at) =>
  HOSTILE.slice(at * LISTED_MAX, (at + 1) * LISTED_MAX),
);

test("names in a short menu, and of the one that was chosen from it", async () => {
  const { page } = all.tab;
  for (const texts of groups) {
    await offer(page, texts);
    for (const [at, text] of texts.entries()) {
      await picker(page).click();
      const choices = page.getByRole("menuitemradio");
      const heads = page.locator(".menu-head");
      if (at === 0) {
        await choices.first().waitFor();
        expect(await heads.allTextContents()).toEqual(texts.map(plain));
        await inspect(page, `the menu from ${text}`, SIZES);
      }
      await choices.nth(at).click();
      await choices.first().waitFor({ state: "detached" });
      await expect.poll(() => picker(page).textContent()).toBe(plain(text) || "Unnamed model");
      await inspect(page, `the button with ${text}`, SIZES);
    }
  }
}, 600_000);

test("names in a long menu, and what is found in it", async () => {
  const { page } = all.tab;
  await offer(page, HOSTILE, (at) => at % 3 === 1);
  await picker(page).click();
  const search = page.getByPlaceholder("Find a model");
  const choices = page.getByRole("option");
  await choices.first().waitFor();
  expect(await choices.locator(".cut").allTextContents()).toEqual(HOSTILE.map(plain));
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await inspect(page, "the whole menu");
    for (const text of HOSTILE) {
      await search.fill(text);
      await inspect(page, `the search for ${text}`);
    }
    await search.fill("");
  }
}, 600_000);
