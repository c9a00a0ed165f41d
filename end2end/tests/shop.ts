// What several journeys know: the person, their workspace, and how to get in.
import { axe, expect, gotoHydrated, hydrated } from "./fixtures";
import type { Page } from "@playwright/test";

export const person = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };
export const home = "/w/halden-supply";
export const agent = `${home}/agents/support-triage`;

/** Checks the page as it stands in both themes. */
export async function accessible(page: Page): Promise<void> {
  // Colours on their way from one theme to the other belong to neither.
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme);
    await axe(page);
  }
}

/** Fills and sends the sign-in form that is on screen. */
export async function fillSignIn(page: Page, password = person.password): Promise<void> {
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signIn(page: Page): Promise<void> {
  await gotoHydrated(page, "/sign-in");
  await fillSignIn(page);
  await page.waitForURL(/\/w\//);
  await hydrated(page);
}

/** Follows the setup link: the first account and its workspace. */
export async function setUp(page: Page, link: string): Promise<void> {
  await gotoHydrated(page, link);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByLabel("Name of the workspace").fill("Halden Supply");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(`**${home}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Makes an agent from a template and publishes it. */
export async function makeAgent(page: Page, template: string): Promise<void> {
  await gotoHydrated(page, `${home}/agents/new?from=${template}`);
  await page.getByRole("button", { name: /create/i }).first().click();
  await page.waitForURL(/\/configuration/);
  await hydrated(page);
  await page.getByRole("link", { name: "Review and publish" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Live v1")).toBeVisible();
}

/** Says something in the playground that is open. */
export async function say(page: Page, message: string): Promise<void> {
  await page.getByLabel("Message").fill(message);
  await page.getByRole("button", { name: /^(Run|Send)/ }).click();
  await expect(page.getByText(message, { exact: true }).last()).toBeVisible();
}
