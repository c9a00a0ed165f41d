// Lists: the queue, choosing rows and acting on them, bars over time, saved filters.
import { expect, gotoHydrated, hydrated, test } from "./fixtures";
import { agent, home, signIn } from "./shop";
import type { Page } from "@playwright/test";

/** Runs the agent a few times, so that there is something to list. */
async function someExecutions(page: Page, number: number): Promise<void> {
  for (let n = 0; n < number; n += 1) {
    await gotoHydrated(page, `${agent}/playground`);
    await page.getByLabel(/^Message/).fill(`Row ${n}`);
    await page.getByRole("button", { name: /^Run/ }).click();
    await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 20_000 });
  }
}

const boxes = (page: Page) => page.getByRole("table", { name: "Executions", exact: true }).getByRole("checkbox");

test("the queue names the worker and leads to the list", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, home);
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  await page.waitForURL(`**${home}/queue`);
  await expect(page.getByRole("heading", { level: 1, name: "Queue" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Workers" }).getByRole("row")).toHaveCount(2);
  await page.getByRole("link", { name: "Due now" }).click();
  await page.waitForURL(`**${home}/executions?status=queued`);
});

test("chosen rows run again, with a result for each", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  await someExecutions(page, 3);
  await gotoHydrated(page, `${home}/executions?status=succeeded`);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("1 selected")).toBeVisible();
  await boxes(page).nth(3).click({ modifiers: ["Shift"] });
  await expect(page.getByText("3 selected")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByText(/selected/)).toBeHidden();
  const compare = page.getByRole("link", { name: "Compare", exact: true });
  await boxes(page).nth(1).check();
  await expect(compare).toHaveCount(0);
  await boxes(page).nth(2).check();
  await compare.click();
  await page.waitForURL(/executions\/compare\?a=exe_\w+&b=exe_\w+/);
  await expect(page.getByRole("heading", { level: 1, name: /^Compare/ })).toBeVisible();
  await gotoHydrated(page, `${home}/executions?status=succeeded`);
  await boxes(page).nth(1).check();
  await boxes(page).nth(2).check();
  await page.getByRole("link", { name: "Re-run 2" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Re-run 2 executions?" })).toBeVisible();
  await page.getByRole("button", { name: "Re-run 2 executions" }).click();
  await page.waitForURL(/executions\/bulk\/blk_/);
  await expect(page.getByText("2 started again, 0 refused")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("table", { name: "Results" }).getByText("Done")).toHaveCount(2);
});

test("boxes work without a script", async ({ browser, page, baseURL }) => {
  await signIn(page);
  const state = await page.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: state, baseURL });
  const plain = await context.newPage();
  await plain.goto(`${home}/executions?status=succeeded`);
  await boxes(plain).nth(1).check();
  await plain.getByRole("button", { name: "Re-run ticked" }).click();
  await plain.getByRole("button", { name: "Re-run 1 execution" }).click();
  await plain.waitForURL(/executions\/bulk\/blk_/);
  await expect(plain.getByRole("heading", { level: 1, name: "Re-run 1 execution" })).toBeVisible();
  await plain.goto(`${home}/executions?status=succeeded`);
  await plain.getByRole("button", { name: "Cancel ticked" }).click();
  await expect(plain.getByText("No executions match")).toBeVisible();
  await context.close();
});

test("what was typed stays in a form that is refused without a script", async ({ browser, page, baseURL }) => {
  await signIn(page);
  const state = await page.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: state, baseURL });
  const plain = await context.newPage();
  await plain.goto(`${home}/schedules/new`);
  await plain.getByLabel("Name").fill("Never");
  await plain.getByLabel("Cron expression").fill("0 0 30 2 *");
  await plain.getByRole("button", { name: "Create schedule" }).click();
  await expect(plain.locator("#cron")).toHaveAttribute("aria-invalid", "true");
  await expect(plain.getByLabel("Name")).toHaveValue("Never");
  await expect(plain.getByLabel("Cron expression")).toHaveValue("0 0 30 2 *");
  await plain.goto(`${home}/batches/new`);
  await plain.getByLabel("Name").fill("Ragged");
  await plain.getByLabel("Rows", { exact: true }).fill("message,who\nHello\n");
  await plain.getByRole("button", { name: "Start batch" }).click();
  await expect(plain.getByRole("heading", { name: "Problems" })).toBeVisible();
  await expect(plain.getByLabel("Name")).toHaveValue("Ragged");
  await expect(plain.getByLabel("Rows", { exact: true })).toHaveValue(/^message,who/);
  await context.close();
});

test("bars narrow the list, and filters are kept under a name", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/executions?status=succeeded`);
  await page.getByText("As a table").click();
  await page.getByRole("table", { name: "Executions over time" }).getByRole("link").first().click();
  await page.waitForURL(/from=.*to=/);
  await expect(page.getByRole("link", { name: "Show all times" })).toBeVisible();
  await gotoHydrated(page, `${home}/executions?status=succeeded`);
  await page.getByText("Save this filter").click();
  await page.getByLabel("Name").fill("What went well");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const saved = page.getByRole("navigation", { name: "Saved filters" }).getByRole("link", { name: "What went well" });
  await expect(saved).toBeVisible();
  await gotoHydrated(page, `${home}/executions`);
  await saved.click();
  await page.waitForURL(/status=succeeded/);
  await hydrated(page);
  await page.getByText("Delete saved filters").click();
  await page.getByRole("button", { name: "Delete What went well" }).click();
  await expect(saved).toBeHidden();
});
