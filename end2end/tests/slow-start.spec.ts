// What is pressed while the browser's program is still on its way is not lost, and does nothing it does not say.
import { expect, gotoHydrated, holdProgram, hydrated, test } from "./fixtures";
import { agent, say, signIn } from "./shop";

const unanswered = { waitUntil: "domcontentloaded" } as const;

test("a button pressed too early is pressed again once the page answers", async ({ page }) => {
  await signIn(page);
  const release = await holdProgram(page);
  await page.goto(`${agent}/configuration`, unanswered);
  const variables = page.getByRole("region", { name: "Variables" });
  const names = variables.getByLabel("Name", { exact: true });
  const before = await names.count();
  await variables.getByRole("button", { name: "Add variable" }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  await expect(names).toHaveCount(before);
  release();
  await hydrated(page);
  await expect(names).toHaveCount(before + 1);
});

test("a button pressed twice too early is pressed once", async ({ page }) => {
  await signIn(page);
  const release = await holdProgram(page);
  await page.goto(`${agent}/configuration`, unanswered);
  const variables = page.getByRole("region", { name: "Variables" });
  const names = variables.getByLabel("Name", { exact: true });
  const before = await names.count();
  await variables.getByRole("button", { name: "Add variable" }).click();
  await variables.getByRole("button", { name: "Add variable" }).click();
  release();
  await hydrated(page);
  await expect(names).toHaveCount(before + 1);
  // The first press after that counts as any other.
  await variables.getByRole("button", { name: "Add variable" }).click();
  await expect(names).toHaveCount(before + 2);
});

test("a message sent too early goes on with the conversation", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${agent}/playground`);
  await say(page, "Where is my umbrella?");
  await expect(page.getByText("Succeeded")).toHaveCount(1);
  const talk = page.url();
  const release = await holdProgram(page);
  await page.goto(talk, unanswered);
  await page.getByLabel("Message").fill("And where is my hat?");
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(/\/executions\/exe_/, unanswered);
  const sent = new URL(page.url()).pathname.split("/").at(-1);
  release();
  await gotoHydrated(page, `${agent}/playground?execution=${sent}`);
  await expect(page.getByRole("article", { name: "Turn" })).toHaveCount(2);
  await expect(page.getByText("Where is my umbrella?", { exact: true }).first()).toBeVisible();
});
