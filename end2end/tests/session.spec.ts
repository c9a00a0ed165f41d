// What must not be lost: what is typed, and the place one is at when the session ends.
import { expect, gotoHydrated, test } from "./fixtures";
import { accessible, agent, home, person, signIn } from "./shop";

test("leaving a form with unsaved changes asks first", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/agents`);
  await page.getByRole("link", { name: "Support triage" }).first().click();
  await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Configuration" }).click();
  await page.waitForURL(`**${agent}/configuration`);
  const title = page.getByLabel("Title");
  await title.fill("Not saved yet");
  await expect(page.getByText("Unsaved changes")).toBeVisible();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await expect(dialog).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(title).toHaveValue("Not saved yet");

  await page.goBack();
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Stay" }).click();
  expect(new URL(page.url()).pathname).toBe(`${agent}/configuration`);
  await expect(title).toHaveValue("Not saved yet");

  let asked = false;
  page.once("dialog", async (question) => {
    asked = question.type() === "beforeunload";
    await question.dismiss();
  });
  // Dismissed, the page stays and the reload never ends.
  await page.evaluate(() => setTimeout(() => location.reload(), 0));
  await expect.poll(() => asked).toBe(true);

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await dialog.getByRole("button", { name: "Leave page" }).click();
  await page.waitForURL(`**${home}`);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
});

test.describe("a session that ends while a page is open", () => {
  // The browser's own line about each refused call.
  test.use({ allowedConsoleErrors: [/status of 401/] });

  test("offers a way back in at the same place, and keeps what was typed", async ({ page }) => {
    await signIn(page);
    await gotoHydrated(page, `${agent}/configuration`);
    await page.getByLabel("Description").fill("Typed while the session ended");
    await page.context().clearCookies();
    const dialog = page.getByRole("dialog", { name: "You were signed out" });
    await expect(dialog).toBeVisible();
    await accessible(page);
    await expect(dialog.getByLabel("E-mail")).toHaveValue(person.email);
    await dialog.getByLabel("Password", { exact: true }).fill(person.password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toBeHidden();
    expect(new URL(page.url()).pathname).toBe(`${agent}/configuration`);
    await expect(page.getByLabel("Description")).toHaveValue("Typed while the session ended");
    await page.keyboard.press("Control+s");
    await expect(page.getByText("Draft saved")).toBeVisible();
  });

  test("loads the page again where nothing was typed", async ({ page }) => {
    await signIn(page);
    await gotoHydrated(page, `${home}/executions`);
    await page.context().clearCookies();
    const dialog = page.getByRole("dialog", { name: "You were signed out" });
    await dialog.getByLabel("Password", { exact: true }).fill(person.password);
    const loaded = page.waitForEvent("load");
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await loaded;
    await expect(page).toHaveURL(new RegExp(`${home}/executions$`));
    await expect(page.getByRole("table")).toBeVisible();
  });
});

test("signing out ends the session", async ({ page }) => {
  await signIn(page);
  await page.locator("summary", { hasText: "account menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).or(page.getByRole("button", { name: "Sign out" })).first().click();
  await page.waitForURL(/\/sign-in/);
  await page.goto(home);
  await expect(page).toHaveURL(/\/sign-in/);
});
