// What a person does with an execution that is over: run it again, edit it first, compare, look into it.
import { expect, gotoHydrated, hydrated, test } from "./fixtures";
import { accessible, agent, home, say, signIn } from "./shop";
import type { Page } from "@playwright/test";

/** Runs a message and opens the page of its execution. */
async function ran(page: Page, message: string, ending: string): Promise<string> {
  await gotoHydrated(page, `${agent}/playground`);
  await say(page, message);
  await expect(page.getByText(ending).first()).toBeVisible({ timeout: 20_000 });
  const href = String(await page.getByRole("link", { name: "Open execution" }).last().getAttribute("href"));
  await gotoHydrated(page, href);
  return href;
}

test("the input is edited before it runs again, and both executions are compared", async ({ page }) => {
  await signIn(page);
  const href = await ran(page, "Where is order 4711?", "Succeeded");
  await page.locator("summary[aria-label='More ways to run again']").click();
  await page.getByRole("menuitem", { name: "Edit the input first" }).click();
  await page.waitForURL(`**${href}/rerun`);
  const message = page.getByLabel("Message");
  await expect(message).toHaveValue("Where is order 4711?");
  await message.fill("Where is order 4712?");
  await page.getByRole("link", { name: /^Published, v/ }).click();
  await page.waitForURL(/version=current/);
  await expect(message).toHaveValue("Where is order 4712?");
  await accessible(page);
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Where is order 4712?" })).toBeVisible();
  await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 20_000 });
  const related = page.getByRole("region", { name: "Related executions" });
  await expect(related.getByText("Re-run of")).toBeVisible();
  await related.getByRole("link", { name: "Compare with original" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Compare executions" })).toBeVisible();
  await expect(page.getByRole("row", { name: /^State/ }).getByText("Succeeded")).toHaveCount(2);
  const input = page.getByRole("region", { name: /^Input from/ });
  await expect(input.getByText("Where is order 4711?")).toBeVisible();
  await expect(input.getByText("Where is order 4712?")).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 320, height: 844 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over).toBe(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await gotoHydrated(page, href);
  await expect(page.getByRole("region", { name: "Related executions" }).getByText("Re-run", { exact: true })).toBeVisible();
});

test("the same input runs again with one key", async ({ page }) => {
  await signIn(page);
  const href = await ran(page, "Once more", "Succeeded");
  await page.keyboard.press("r");
  await page.waitForURL((url) => /\/executions\/exe_/.test(url.pathname) && url.pathname !== href);
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1, name: "Once more" })).toBeVisible();
});

test("a failed attempt says when the next one begins", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${agent}/playground`);
  await say(page, "/429 8");
  const link = page.getByRole("link", { name: "Open execution" }).last();
  await gotoHydrated(page, String(await link.getAttribute("href")));
  await expect(page.getByText(/The next attempt begins in\s\d\ss/)).toBeVisible();
  await expect(page.getByText(/Attempt \d of 3 failed/).first()).toBeVisible();
  await expect(page.getByRole("treegrid").getByText("Waits before the next attempt")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Cancel" }).first().click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
  await expect(page.getByText(/The next attempt begins/)).toHaveCount(0);
});

test("events are searched, the output is shown raw and saved, the timeline reads by key and as a table", async ({ page }) => {
  await signIn(page);
  const href = await ran(page, "/truncate-fail look closely", "Failed");
  const events = page.getByRole("region", { name: "Events", exact: true });
  await events.getByLabel("Search events").fill("attempt 1");
  await expect(events.locator(".log")).toHaveCount(1);
  await events.getByLabel("Search events").fill("");
  await events.getByLabel("Kind").selectOption("end");
  await expect(events.locator(".log")).toHaveCount(1);
  await expect(events.locator(".log")).toContainText("Failed");
  await events.getByLabel("Search events").fill("no such thing");
  await events.getByRole("button", { name: "Clear search" }).click();
  await expect(events.locator(".log").nth(3)).toBeVisible();
  await gotoHydrated(page, `${href}?find=attempt+1`);
  await expect(page.getByRole("region", { name: "Events", exact: true }).locator(".log")).toHaveCount(1);

  const grid = page.getByRole("treegrid");
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("ArrowDown");
  await expect(grid.getByRole("row").nth(2)).toBeFocused();
  await page.keyboard.press("e");
  await expect(grid.locator("[data-failed]:focus")).toHaveCount(1);
  await page.getByText("Table", { exact: true }).click();
  await expect(page.getByRole("table", { name: "Steps and waits" }).getByRole("row")).not.toHaveCount(1);

  await ran(page, "Show me the output", "Succeeded");
  const output = page.getByRole("region", { name: "Output", exact: true });
  await output.getByRole("button", { name: "Raw" }).click();
  await expect(output.getByRole("region", { name: "Output as it came" })).not.toBeEmpty();
  const download = page.waitForEvent("download");
  await output.getByRole("link", { name: "Download output" }).click();
  expect((await download).suggestedFilename()).toMatch(/^exe_.*-output\.txt$/);
  await page.getByRole("region", { name: "Input", exact: true }).getByRole("button", { name: "JSON" }).click();
  await expect(page.getByRole("region", { name: "Input as JSON" })).toContainText("Show me the output");
  await accessible(page);
});
