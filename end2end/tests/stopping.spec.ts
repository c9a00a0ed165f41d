// Batches and schedules that a person stops for a while, goes on with, and ends, with the script on.
import { expect, gotoHydrated, test } from "./fixtures";
import { home, signIn } from "./shop";
import type { Page } from "@playwright/test";

/** A batch of slow rows, one at a time, so that there is something to stop; its page is open. */
async function slowBatch(page: Page, name: string): Promise<void> {
  await gotoHydrated(page, `${home}/batches/new`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  // Others wait for a person, or cannot be slow.
  await page.getByLabel("Agent", { exact: true }).selectOption({ label: "Support triage" });
  const rows = Array.from({ length: 8 }, (_, n) => `/slow 2 Row ${n}`);
  await page.getByLabel("Rows", { exact: true }).fill(`message\n${rows.join("\n")}\n`);
  await page.getByLabel(/^Rows at once/).fill("1");
  await page.getByRole("button", { name: "Start batch" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

const rowsBy = (page: Page) => page.getByRole("navigation", { name: "Rows by state" });

test("a batch is paused, goes on, and is cancelled", async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page);
  await slowBatch(page, "Eight slow rows");
  const [pause, resume] = ["Pause", "Resume"].map((name) => page.getByRole("button", { name, exact: true }));
  await pause.click();
  await expect(resume).toBeVisible();
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  await page.reload();
  await expect(resume).toBeVisible();
  // What runs goes on to its end; nothing follows.
  await expect(rowsBy(page).getByRole("link", { name: /^Started/ })).toBeHidden({ timeout: 20_000 });
  await expect(rowsBy(page).getByRole("link", { name: /^Pending/ })).toBeVisible();

  await gotoHydrated(page, page.url());
  await resume.click();
  await expect(pause).toBeVisible();
  await expect(rowsBy(page).getByRole("link", { name: /^Started/ })).toBeVisible({ timeout: 20_000 });

  await page.getByRole("link", { name: "Cancel", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel this batch?" });
  await dialog.getByRole("link", { name: "Keep going" }).click();
  await expect(dialog).toBeHidden();
  await expect(pause).toBeVisible();
  await page.getByRole("link", { name: "Cancel", exact: true }).click();
  await dialog.getByRole("button", { name: "Cancel batch" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("8 of 8 rows ended")).toBeVisible({ timeout: 20_000 });
  await expect(pause).toBeHidden();
  await expect(rowsBy(page).getByRole("link", { name: /^Cancelled/ })).toBeVisible();
});

test("a schedule is paused and goes on, and says how urgent it is", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/schedules/new`);
  await page.getByLabel("Name", { exact: true }).fill("Now and then");
  await page.getByLabel(/Cron expression/).fill("30 6 * * *");
  await page.getByLabel(/^Message/).fill("What happened?");
  const urgency = page.getByLabel("If other executions wait");
  await expect(urgency).toHaveValue("2");
  await urgency.selectOption({ label: "High: before everything else" });
  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Now and then" })).toBeVisible();
  const next = page.getByText(/06:30 UTC/).first();
  await expect(next).toBeVisible();

  const [pause, resume] = ["Pause", "Resume"].map((name) => page.getByRole("button", { name, exact: true }));
  await pause.click();
  await expect(resume).toBeVisible();
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  await expect(page.getByText("Not due")).toBeVisible();
  await resume.click();
  await expect(pause).toBeVisible();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();
  await expect(next).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByLabel("If other executions wait")).toHaveValue("1");
});
