// Two edit the same draft: the second is told by whom and what, loses nothing, and goes on from theirs.
import { expect, gotoHydrated, test } from "./fixtures";
import { accessible, agent, person, signIn } from "./shop";

test("of two tabs that edit a draft the second is told and keeps what was typed", async ({ page, context, allowedConsoleErrors }) => {
  // The browser's own line about the refused save.
  allowedConsoleErrors.push(/status of 409/);
  await signIn(page);
  await gotoHydrated(page, `${agent}/configuration`);
  const other = await context.newPage();
  await gotoHydrated(other, `${agent}/configuration`);
  const theirs = `Theirs at ${Date.now()}`;
  await other.getByLabel("Description").fill(theirs);
  await other.keyboard.press("Control+s");
  await expect(other.getByText("Draft saved")).toBeVisible();

  await page.getByLabel("Title").fill("Mine");
  await page.keyboard.press("Control+s");
  const told = page.getByRole("alert").filter({ hasText: "Somebody else changed the draft meanwhile" });
  await expect(told).toBeVisible();
  await expect(told).toContainText(person.email);
  await expect(told.getByRole("listitem")).toHaveText(/^Description: Changed by /);
  await expect(page.getByLabel("Title")).toHaveValue("Mine");
  await expect(page.getByText("Unsaved changes")).toBeVisible();
  await accessible(page);

  await told.getByRole("button", { name: "Load their draft" }).click();
  await expect(told).toBeHidden();
  await expect(page.getByLabel("Description")).toHaveValue(theirs);
  await expect(page.getByLabel("Title")).not.toHaveValue("Mine");
  await page.getByLabel("Title").fill("Ours");
  await page.keyboard.press("Control+s");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await other.reload();
  await expect(other.getByLabel("Title")).toHaveValue("Ours");
  await expect(other.getByLabel("Description")).toHaveValue(theirs);
});
