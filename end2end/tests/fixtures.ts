// What every browser test imports instead of Playwright's own `test`.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

type Fixtures = {
  /** Console errors a test provokes on purpose, such as the browser's line about a 404. */
  allowedConsoleErrors: RegExp[];
  /** The one-time link the server printed at its first start. Whoever opens it first uses it up. */
  setupLink: string;
  /** Fails the test when the page logs an error or throws. */
  quietConsole: undefined;
};

/** A setting that `global-setup.ts` made. */
export function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; global-setup.ts sets it`);
  return value;
}

export const test = base.extend<Fixtures>({
  allowedConsoleErrors: [[], { option: true }],
  baseURL: async ({}, use) => use(given("SHOPFLOOR_E2E_URL")),
  setupLink: async ({}, use) => use(given("SHOPFLOOR_E2E_SETUP_URL")),
  quietConsole: [
    async ({ context, allowedConsoleErrors }, use) => {
      const errors: string[] = [];
      const note = (text: string) => {
        if (!allowedConsoleErrors.some((allowed) => allowed.test(text))) errors.push(text);
      };
      // On the context, so that pages a test opens itself are watched too.
      context.on("console", (message) => {
        if (message.type() === "error") note(`${message.text()} (${message.location().url})`);
      });
      context.on("weberror", (thrown) => note(String(thrown.error().stack ?? thrown.error())));
      await use(undefined);
      expect(errors, "errors in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
});

/** Opens a page and waits until it answers to the script. Before that forms send themselves and the last press of
 * another button is made later (`slow-start.spec.ts`), but menus, tabs and keys do nothing yet. */
export async function gotoHydrated(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await hydrated(page);
}

/** Waits after a click that loads a new page from the server. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}

/** Holds the browser's program back, as a slow line does, until the function it gives is called. */
export async function holdProgram(page: Page): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  await page.route("**/*.wasm", async (route) => {
    await released;
    // The page may have been left meanwhile.
    await route.continue().catch(() => undefined);
  });
  return () => release();
}

/** Fails when the page as it stands breaks a WCAG 2.2 A or AA rule that a machine can check. */
export async function axe(page: Page): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    where: nodes.map(({ html, target }) => `${target.join(" ")} ${html}`),
  }));
  expect(found, `accessibility of ${page.url()}`).toEqual([]);
}

export { expect };
