// Every page, as a machine can judge it: WCAG 2.2 AA in both themes, on phones, and with every dialog open.
import { expect, gotoHydrated, test } from "./fixtures";
import { command, dialogs, furnished, inside, openDialog, outside } from "./places";
import { accessible, home, signIn } from "./shop";

test("every page of the router has a sample address, and no sample is of a page that is gone", async ({ page }) => {
  const things = await furnished(page);
  const samples = { ...outside(things), ...inside(things) };
  expect(Object.keys(samples).sort()).toEqual([...new Set(command(["pages"]).split("\n"))].sort());
  for (const [path, addresses] of Object.entries(samples)) expect(addresses, path).not.toEqual([]);
});

test("every page holds WCAG 2.2 AA as far as a machine can tell, in light and dark", async ({ page, allowedConsoleErrors }) => {
  test.setTimeout(480_000);
  // The browser's own line about a page that is not there.
  allowedConsoleErrors.push(/status of 404/);
  const things = await furnished(page);
  await signIn(page);
  for (const address of [...Object.values(inside(things)).flat(), `${home}/nothing-here`]) {
    await gotoHydrated(page, address);
    await accessible(page);
  }
});

test("so do the pages for those who are not signed in", async ({ page, allowedConsoleErrors }) => {
  test.setTimeout(120_000);
  // Links that work no more are shown too.
  allowedConsoleErrors.push(/status of 410/);
  const things = await furnished(page);
  for (const address of Object.values(outside(things)).flat()) {
    await gotoHydrated(page, address);
    await expect(page.getByRole("heading", { level: 1 }), address).toBeVisible();
    await accessible(page);
  }
});

test("so do the dialogs", async ({ page }) => {
  test.setTimeout(180_000);
  const things = await furnished(page);
  await signIn(page);
  for (const place of dialogs(things)) {
    await openDialog(page, place);
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
  test(`no page is wider than ${width} px`, async ({ page, allowedConsoleErrors }) => {
    test.setTimeout(180_000);
    allowedConsoleErrors.push(/status of 410/);
    await page.setViewportSize({ width, height: 844 });
    const things = await furnished(page);
    const wide: string[] = [];
    const measure = async (address: string) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide.push(`${address}: ${over} px`);
    };
    for (const address of Object.values(outside(things)).flat()) {
      await gotoHydrated(page, address);
      await measure(address);
    }
    await signIn(page);
    for (const address of Object.values(inside(things)).flat()) {
      await gotoHydrated(page, address);
      await measure(address);
    }
    for (const place of dialogs(things)) {
      await openDialog(page, place);
      await measure(place.address);
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
