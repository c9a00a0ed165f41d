// What a newcomer does on the first day, from the setup link to signing out, with axe on every page on the way.
import { axe, expect, gotoHydrated, hydrated, test } from "./fixtures";
import type { Browser, Page } from "@playwright/test";

const person = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };
const home = "/w/halden-supply";

/** Checks the page as it stands in both themes. */
async function accessible(page: Page): Promise<void> {
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme);
    await axe(page);
  }
}

async function signIn(page: Page): Promise<void> {
  await gotoHydrated(page, "/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/w\//);
  await hydrated(page);
}

/** Runs the agent from its playground as a plain form, without JavaScript; gives the execution's address. */
async function runByForm(browser: Browser, page: Page, message: string): Promise<string> {
  const storageState = await page.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState, baseURL: new URL(page.url()).origin });
  const form = await context.newPage();
  await form.goto(`${home}/agents/support-triage/playground`);
  await form.getByLabel("Message").fill(message);
  await form.getByRole("button", { name: /^run/i }).first().click();
  await form.waitForURL(/\/executions\/exe_/);
  const address = form.url();
  await context.close();
  return address;
}

test.describe.configure({ mode: "serial" });

test("the setup link makes the first account and its workspace", async ({ page, setupLink }) => {
  await gotoHydrated(page, setupLink);
  await accessible(page);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByLabel("Name of the workspace").fill("Halden Supply");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(`**${home}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("an agent is made from a template and published", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/agents/new?from=support-triage`);
  await page.getByRole("button", { name: /create/i }).first().click();
  await page.waitForURL(/\/configuration/);
  await hydrated(page);
  await page.getByRole("button", { name: "Review and publish" }).or(page.getByRole("link", { name: "Review and publish" })).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: /publish/i }).first().click();
  await expect(page.getByText("Live v1")).toBeVisible();
});

test("text arrives in pieces, a reload in the middle misses nothing, and cancel stops", async ({ page, browser }) => {
  await signIn(page);
  const address = await runByForm(browser, page, "/slow 20 tell me about my parcel");
  await gotoHydrated(page, address);
  const output = page.getByRole("log");
  await expect(output).not.toBeEmpty();
  const early = (await output.innerText()).trim();
  await expect.poll(async () => (await output.innerText()).trim().length).toBeGreaterThan(early.length);
  await page.reload();
  await hydrated(page);
  expect((await output.innerText()).trim().startsWith(early)).toBe(true);
  await page.getByRole("button", { name: "Cancel" }).first().click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
});

test("an execution that succeeded is found again in the history", async ({ page, browser }) => {
  await signIn(page);
  await gotoHydrated(page, await runByForm(browser, page, "Where is my parcel?"));
  await expect(page.getByText("Succeeded").first()).toBeVisible();
  await gotoHydrated(page, `${home}/executions`);
  await page.getByRole("link", { name: /Where is my parcel/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: /Where is my parcel/ })).toBeVisible();
  await expect(page.getByText("Simulated").first()).toBeVisible();
});

test("a schedule shows its next times while it is typed, and is paused and deleted", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/schedules/new`);
  await page.getByLabel("Name", { exact: true }).fill("Morning report");
  const times = page.getByRole("list", { name: "Next due times" });
  await expect(times.getByRole("listitem")).toHaveCount(5);
  await page.getByLabel(/Cron expression/).fill("0 0 30 2 *");
  await expect(page.getByText(/would never fire/)).toBeVisible();
  await page.getByLabel(/Cron expression/).fill("30 6 * * *");
  await page.getByLabel("Time zone", { exact: true }).fill("Europe/Berlin");
  await expect(times.getByText(/06:30 CE/).first()).toBeVisible();
  await page.getByLabel(/^Message/).fill("What happened yesterday?");
  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Morning report" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await page.getByRole("link", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete schedule" }).click();
  await page.waitForURL(`**${home}/schedules`);
});

test("a batch tells what is wrong with its rows, runs the right ones, and gives its results", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/batches/new`);
  await page.getByLabel("Name", { exact: true }).fill("Three parcels");
  await page.getByLabel("Rows", { exact: true }).fill("message,planet\nWhere is one?,Mars\nWhere is two?\n");
  await page.getByRole("button", { name: "Check file" }).click();
  await expect(page.getByRole("cell", { name: "Line of names, column planet" })).toBeVisible();
  await expect(page.getByRole("cell", { name: "Row 2", exact: true })).toBeVisible();
  await page.getByLabel("Rows", { exact: true }).fill("message\nWhere is one?\nWhere is two?\nWhere is three?\n");
  await page.getByRole("button", { name: "Start batch" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Three parcels" })).toBeVisible();
  await expect(page.getByText("3 of 3 rows ended")).toBeVisible({ timeout: 30_000 });
  await accessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Results as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("three-parcels.csv");
});

const pages = [
  home,
  `${home}/agents`,
  `${home}/agents?archived=true`,
  `${home}/agents/new`,
  // Playground and versions are missing here: their hydration is known to fail at times (docs/design.md).
  `${home}/agents/support-triage/configuration`,
  `${home}/agents/support-triage/executions`,
  `${home}/executions`,
  `${home}/schedules`,
  `${home}/schedules/new`,
  `${home}/batches`,
  `${home}/batches/new`,
  `${home}/audit`,
  `${home}/settings/profile`,
  `${home}/settings/sessions`,
  `${home}/settings/members`,
  `${home}/settings/api-keys`,
  `${home}/settings/toolhouse`,
  `${home}/settings/appearance`,
];

test("every page holds WCAG 2.2 AA as far as a machine can tell, in light and dark", async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page);
  for (const address of pages) {
    await gotoHydrated(page, address);
    await accessible(page);
  }
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
  await accessible(page);
});

test("no page is wider than a phone", async ({ page }) => {
  test.setTimeout(60_000);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page);
  for (const address of pages) {
    await gotoHydrated(page, address);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, address).toBe(0);
  }
});

test("without JavaScript the pages read and the form signs in", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText(/do not match/).first()).toBeVisible();
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/w\/halden-supply/);
  await page.goto(`${home}/executions`);
  await expect(page.getByText("Where is my parcel?").first()).toBeVisible();
  await context.close();
});

test("signing out ends the session", async ({ page }) => {
  await signIn(page);
  await page.locator("summary", { hasText: "account menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).or(page.getByRole("button", { name: "Sign out" })).first().click();
  await page.waitForURL(/\/sign-in/);
  await page.goto(home);
  await expect(page).toHaveURL(/\/sign-in/);
});
