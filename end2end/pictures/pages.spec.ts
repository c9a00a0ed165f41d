// Takes a picture of each page: light, dark, and as wide as a phone. Not a test: it looks, and judges nothing.
import { join } from "node:path";
import { expect, gotoHydrated, test } from "../tests/fixtures";
import { dialogs, furnished, inside, openDialog } from "../tests/places";
import { agent, home, makeAgent, say, setUp } from "../tests/shop";
import type { Page } from "@playwright/test";

const FOLDER = join(__dirname, "..", "shots");
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

// A refused run is part of the picture.
test.use({ allowedConsoleErrors: [/./], viewport: DESK });

function fileName(address: string): string {
  const name = address.replace(home, "").replace(/\w{3}_[0-9a-z]{26}/, "detail").replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "");
  return name || "overview";
}

async function take(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme);
    await page.screenshot({ path: join(FOLDER, `${name}-${theme}.png`) });
  }
  await page.setViewportSize(PHONE);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "light"));
  await page.screenshot({ path: join(FOLDER, `${name}-390.png`) });
  await page.setViewportSize(DESK);
}

test("pictures", async ({ page, setupLink }) => {
  await gotoHydrated(page, "/sign-in");
  await take(page, "setup-needed");
  await gotoHydrated(page, setupLink);
  await take(page, "setup");
  await setUp(page, setupLink);
  for (const template of ["support-triage", "meeting-notes", "changelog-writer"]) await makeAgent(page, template);

  const runs = [
    ["Parcel shows delivered but never arrived, order HS-20418", "Succeeded"],
    ["Cannot change delivery address after checkout", "Succeeded"],
    ["/500 erp.post_invoice", "Failed"],
    ["/truncate-fail Enrich Nordkai Stevedores, Hamburg", "Failed"],
    ["Where can I find the VAT invoice for order HS-19987?", "Succeeded"],
  ] as const;
  const executions: string[] = [];
  for (const [message, ending] of runs) {
    await gotoHydrated(page, `${agent}/playground`);
    await say(page, message);
    await expect(page.getByText(ending).first()).toBeVisible({ timeout: 30_000 });
    const href = await page.getByRole("link", { name: "Open execution" }).last().getAttribute("href");
    executions.push(String(href));
  }
  const talk = new URL(page.url()).search;
  await gotoHydrated(page, `${agent}/configuration`);
  await page.getByRole("textbox", { name: /^Instructions/ }).fill("You triage tickets for {company}.\nAnswer in the language of the customer.");
  await page.keyboard.press("Control+s");
  await expect(page.getByText("Draft saved")).toBeVisible();

  await gotoHydrated(page, `${agent}/playground`);
  await say(page, "/slow 240 Draft a reply about the parcel that went missing");
  await expect(page.getByRole("log")).not.toBeEmpty({ timeout: 60_000 });
  const live = String(await page.getByRole("link", { name: "Open execution" }).last().getAttribute("href"));

  const things = await furnished(page);
  for (const address of Object.values(inside(things)).flat()) {
    await gotoHydrated(page, address);
    await take(page, fileName(address));
  }
  for (const place of dialogs(things)) {
    await openDialog(page, place);
    await take(page, `${fileName(place.address)}-dialog`);
  }
  await gotoHydrated(page, `${agent}/playground${talk}`);
  await take(page, "agent-playground-talk");
  for (const [name, address] of [
    ["execution-live", live],
    ["execution-succeeded", executions[0]],
    ["execution-failed", executions[2]],
  ] as const) {
    await gotoHydrated(page, address);
    await take(page, name);
  }
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
  await take(page, "palette");
  await page.goto(`${home}/nothing-here`);
  await take(page, "not-found");
  await page.context().clearCookies();
  await gotoHydrated(page, "/sign-in");
  await take(page, "sign-in");
});
