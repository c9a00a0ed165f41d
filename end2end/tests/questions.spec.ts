// An agent asks before it starts; the person answers where they are: on the overview, on the page of the execution.
import { expect, gotoHydrated, hydrated, test } from "./fixtures";
import { accessible, fillSignIn, home, say, signIn } from "./shop";
import type { Page } from "@playwright/test";

const notes = `${home}/agents/meeting-notes`;
const schema = JSON.stringify({
  properties: {
    topics: { type: "integer", title: "Topics", minimum: 1, maximum: 9 },
    tone: { type: "string", title: "Tone", enum: ["plain", "formal"] },
    send: { type: "boolean", title: "Send it" },
  },
  required: ["topics"],
});

test.describe.configure({ mode: "serial" });

/** Starts an execution that asks, and opens its page. */
async function asking(page: Page, message: string): Promise<string> {
  await gotoHydrated(page, `${notes}/playground`);
  await say(page, message);
  const link = page.getByRole("link", { name: "Open execution" }).last();
  const href = String(await link.getAttribute("href"));
  await gotoHydrated(page, href);
  await expect(page.getByRole("region", { name: "Approval needed" })).toBeVisible();
  return href;
}

test("an agent is told to ask before it starts", async ({ page }) => {
  await signIn(page);
  await gotoHydrated(page, `${home}/agents/new?from=meeting-notes`);
  await page.getByRole("button", { name: /create/i }).first().click();
  await page.waitForURL(/\/configuration/);
  await hydrated(page);
  const ask = page.getByRole("region", { name: "Ask before start" });
  await ask.getByLabel("Question").fill("Send these notes to everybody?");
  await ask.getByLabel("Fields to fill in").fill(schema);
  await page.keyboard.press("Control+s");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.getByRole("link", { name: "Review and publish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Live v1")).toBeVisible();
});

test("the question waits on the overview, a wrong answer says why, the right one lets it go on", async ({ page, allowedConsoleErrors }) => {
  allowedConsoleErrors.push(/422/);
  await signIn(page);
  const href = await asking(page, "Notes of Monday");
  await gotoHydrated(page, home);
  const waiting = page.getByRole("region", { name: "Waiting for you" });
  await expect(waiting.getByText(/Expires in\s2[34]\sh/)).toBeVisible();
  await accessible(page);
  await waiting.getByRole("link", { name: "Send these notes to everybody?" }).first().click();
  await page.waitForURL(`**${href}`);
  const card = page.getByRole("region", { name: "Approval needed" });
  await expect(card.getByRole("region", { name: "What is to be approved" })).toContainText("Notes of Monday");
  await accessible(page);
  await card.getByLabel("Topics").fill("99");
  await card.getByLabel("Tone").selectOption("formal");
  await card.getByRole("button", { name: "Approve" }).click();
  await expect(card.getByText("Give a number from 1 to 9.")).toBeVisible();
  await card.getByLabel("Topics").fill("3");
  await card.getByLabel("Note").fill("Go ahead.");
  await card.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText(/ada@example.com approved/).first()).toBeVisible();
  await expect(page.getByText("Succeeded").first()).toBeVisible();
  await expect(page.getByText("“Go ahead.”")).toBeVisible();
  await expect(page.getByRole("treegrid").getByText("Waits for a person")).toBeVisible();
  await accessible(page);
});

test("two people answer: the second is told who was first", async ({ page, context, allowedConsoleErrors }) => {
  allowedConsoleErrors.push(/409/);
  await signIn(page);
  const href = await asking(page, "Notes of Tuesday");
  const other = await context.newPage();
  // Without its stream this page does not hear of the other answer.
  await other.route("**/live/**", (route) => route.abort());
  allowedConsoleErrors.push(/live\/executions/);
  await gotoHydrated(other, href);
  await page.getByRole("button", { name: "Decline" }).click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
  await other.getByLabel("Topics").fill("1");
  await other.getByRole("button", { name: "Approve" }).click();
  await expect(other.getByText(/already declined by ada@example.com/)).toBeVisible();
  await expect(other.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await expect(other.getByText(/ada@example.com declined/).first()).toBeVisible();
});

test("without JavaScript the question reads and is answered", async ({ page, browser, baseURL }) => {
  await signIn(page);
  const href = await asking(page, "Notes of Wednesday");
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const plain = await context.newPage();
  await plain.goto("/sign-in");
  await fillSignIn(plain);
  await expect(plain).toHaveURL(/\/w\//);
  await plain.goto(href);
  await plain.getByLabel("Topics").fill("77");
  await plain.getByRole("button", { name: "Approve" }).click();
  await expect(plain.getByText("Give a number from 1 to 9.")).toBeVisible();
  await expect(plain.getByLabel("Topics")).toHaveValue("77");
  await plain.getByLabel("Topics").fill("2");
  await plain.getByRole("button", { name: "Approve" }).click();
  await expect(plain.getByText(/ada@example.com approved/).first()).toBeVisible();
  await context.close();
});
