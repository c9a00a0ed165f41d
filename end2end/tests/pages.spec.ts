// Every page, as a machine can judge it: WCAG 2.2 AA in both themes, on phones, and with every dialog open.
import { expect, gotoHydrated, test } from "./fixtures";
import { accessible, dialogs, home, pages, signIn } from "./shop";
import type { Page } from "@playwright/test";

/** The latest execution's address. */
async function anExecution(page: Page): Promise<string> {
  await gotoHydrated(page, `${home}/executions`);
  const href = await page.getByRole("table").getByRole("link").first().getAttribute("href");
  expect(href).toBeTruthy();
  return href as string;
}

test("every page holds WCAG 2.2 AA as far as a machine can tell, in light and dark", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  for (const address of [...pages, await anExecution(page)]) {
    await gotoHydrated(page, address);
    await accessible(page);
  }
});

test("so do the dialogs", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  for (const address of dialogs) {
    await gotoHydrated(page, address);
    await expect(page.getByRole("dialog"), address).toBeVisible();
    await accessible(page);
  }
  await gotoHydrated(page, `${home}/settings/sessions`);
  for (const key of ["Control+k", "?"]) {
    await page.keyboard.press(key);
    await expect(page.getByRole("dialog")).toBeVisible();
    await accessible(page);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
  }
});

for (const width of [390, 320]) {
  test(`no page is wider than ${width} px`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.setViewportSize({ width, height: 844 });
    await signIn(page);
    const wide: string[] = [];
    for (const address of [...pages, ...dialogs, await anExecution(page)]) {
      await gotoHydrated(page, address);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide.push(`${address}: ${over} px`);
    }
    expect(wide).toEqual([]);
  });
}

test("rows are walked with J and K and opened with Enter", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/executions`);
  const rows = page.getByRole("table").getByRole("link").and(page.locator(".rowlink"));
  await page.keyboard.press("j");
  await expect(rows.nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(rows.nth(0)).toBeFocused();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/executions\/exe_/);
});

test("breadcrumbs speak the words of the page", async ({ page }) => {
  await signIn(page);
  for (const [address, word] of [
    [`${home}/settings/api-keys`, "API keys"],
    [`${home}/agents/support-triage/playground`, "Playground"],
  ] as const) {
    await gotoHydrated(page, address);
    const here = page.getByRole("navigation", { name: "Breadcrumb" }).locator("[aria-current=page]");
    await expect(here).toHaveText(word);
  }
});
