// What a newcomer does on the first day, from the setup link to an execution found again in the history.
import { axe, expect, gotoHydrated, hydrated, test } from "./fixtures";
import { accessible, agent, fillSignIn, home, makeAgent, say, setUp, signIn } from "./shop";

test.describe.configure({ mode: "serial" });

test("the setup link makes the first account and its workspace", async ({ page, setupLink }) => {
  await gotoHydrated(page, "/");
  await accessible(page);
  await gotoHydrated(page, setupLink);
  await accessible(page);
  await setUp(page, setupLink);
});

test("an agent is made from a template and published", async ({ page }) => {
  await signIn(page);
  await makeAgent(page, "support-triage");
});

test("text arrives in pieces, a reload in the middle misses nothing, and cancel stops", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${agent}/playground`);
  await say(page, "/slow 20 tell me about my parcel");
  const output = page.getByRole("log");
  await expect(output).not.toBeEmpty();
  await expect(page.getByRole("link", { name: /Executions.*1 live/ })).toBeVisible();
  const early = (await output.innerText()).trim();
  await expect.poll(async () => (await output.innerText()).trim().length).toBeGreaterThan(early.length);
  await page.reload();
  await hydrated(page);
  expect((await output.innerText()).trim().startsWith(early)).toBe(true);
  await page.getByRole("button", { name: "Cancel" }).first().click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
});

test("a conversation goes on where it was", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${agent}/playground`);
  await say(page, "Where is my parcel?");
  await expect(page.getByText("Succeeded")).toHaveCount(1);
  await say(page, "And when does it arrive?");
  await expect(page.getByText("Succeeded")).toHaveCount(2);
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole("article", { name: "Turn" })).toHaveCount(2);
  await accessible(page);
  await page.getByRole("button", { name: "New conversation" }).click();
  await expect(page.getByText("Nothing run yet")).toBeVisible();
});

test("an execution that succeeded is found again in the history", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/executions`);
  await page.getByRole("link", { name: /Where is my parcel/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: /Where is my parcel/ })).toBeVisible();
  await expect(page.getByText("Simulated").first()).toBeVisible();
  await axe(page);
});

test("versions are compared and an older one is restored", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${agent}/configuration`);
  await page.getByLabel("Title").fill("Support triage, second try");
  await page.keyboard.press("Control+s");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Versions" }).click();
  const compare = page.getByRole("region", { name: "Compare" });
  await expect(compare.getByText("Support triage, second try")).toBeVisible();
  await page.getByRole("link", { name: "Restore" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await expect(compare.getByText("Both are the same.")).toBeVisible();
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

test("without JavaScript the pages read and the forms post", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await fillSignIn(page, "wrong password");
  await expect(page.getByText(/do not match/).first()).toBeVisible();
  await fillSignIn(page);
  await expect(page).toHaveURL(/\/w\/halden-supply/);
  await page.goto(`${agent}/playground`);
  await page.getByLabel("Message").fill("Do you read me without a script?");
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.waitForURL(/\/executions\/exe_/);
  await page.goto(`${home}/executions`);
  await expect(page.getByText("Do you read me without a script?").first()).toBeVisible();
  await context.close();
});
