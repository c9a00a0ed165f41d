// Where one can be: a sample address of every page the router knows, and every dialog. What they show is made once.
import { execFileSync } from "node:child_process";
import { expect, given, gotoHydrated } from "./fixtures";
import { agent, home, person } from "./shop";
import type { Page } from "@playwright/test";

/** Runs a command of the binary under test beside its server, and gives what it prints. */
export function command(args: string[], input = ""): string {
  return execFileSync(given("SHOPFLOOR_E2E_BINARY"), args, {
    cwd: given("SHOPFLOOR_E2E_FOLDER"),
    env: JSON.parse(given("SHOPFLOOR_E2E_SETTINGS")),
    encoding: "utf8",
    stdio: "pipe",
    input,
  }).trim();
}

/** What the pages of single things show: ids, and links with tokens. */
export type Things = {
  execution: string;
  bulk: string;
  batch: string;
  schedule: string;
  tool: string;
  invitation: string;
  reset: string;
};

let made: Things | undefined;

/** Makes one of everything, once; the agent and its version are there already. */
export async function furnished(page: Page): Promise<Things> {
  made ??= await furnish(page);
  return made;
}

async function furnish(page: Page): Promise<Things> {
  const workspace = home.split("/").at(-1) as string;
  // A worker that begins again after a failure makes them anew; names of tools and addresses are unique.
  const mark = Date.now().toString(36);
  const scopes = "agents:read,executions:read,executions:write,schedules:write,tools:write,payloads:read";
  const key = command(["key", "create", "--workspace", workspace, "--name", "Furniture", "--scopes", scopes, "--expires", "1d"]);
  const send = async (path: string, token: string, data?: object) => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await page.request.fetch(path, { method: data ? "POST" : "GET", headers, data });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return answer.json();
  };
  const agents = await send("/api/v1/agents", key);
  const id: string = agents.items.find((row: { slug: string }) => agent.endsWith(`/${row.slug}`)).id;
  const execution = await send(`/api/v1/agents/${id}/executions`, key, { message: "Furniture" });
  const bulk = await send("/api/v1/bulk-actions", key, { kind: "rerun", filter: { ids: execution.id }, expected: 1 });
  const batch = await send("/api/v1/batches", key, { name: "Furniture", agent: id, format: "csv", data: "message\nOne\nTwo\n" });
  const schedule = await send("/api/v1/schedules", key, { name: "Furniture", agent: id, cron: "0 6 1 1 *", zone: "UTC", message: "Happy new year" });
  const tool = await send("/api/v1/tools", key, {
    kind: "http",
    method: "GET",
    name: `get_order_${mark}`,
    description: "Reads an order by its number.",
    url: "https://api.example.com/orders/{number}",
    input_schema: { type: "object", properties: { number: { type: "string" } }, required: ["number"] },
  });
  const { access_token } = await send("/auth/sign-in", "", { email: person.email, password: person.password });
  const invitations = `/auth/workspaces/${workspace}/invitations`;
  const invitation = await send(invitations, access_token, { email: `eve-${mark}@example.com`, role: "viewer" });
  const bob = ["--email", `bob-${mark}@example.com`, "--name", "Bob Miller", "--role", "member", "--workspace", workspace];
  command(["user", "create", "--password-stdin", ...bob], "another long password\n");
  const reset = command(["user", "reset", "--email", person.email]);
  const ids = { execution: execution.id, bulk: bulk.id, batch: batch.id, schedule: schedule.id, tool: tool.id };
  return { ...ids, invitation: invitation.link, reset };
}

/** Addresses for people who are not signed in, under the path of their page. */
export function outside(things: Things): Record<string, string[]> {
  return {
    "/": ["/"],
    "/sign-in": ["/sign-in", `/sign-in?next=${home}`],
    "/setup": ["/setup?token=used"],
    "/invitation": [things.invitation, "/invitation?token=none"],
    "/reset": [things.reset, "/reset?token=none"],
  };
}

/** Addresses inside the workspace, under the path of their page. */
export function inside(things: Things): Record<string, string[]> {
  const { execution, bulk, batch, schedule, tool } = things;
  const below: Record<string, string[]> = {
    "": [""],
    "/agents": ["/agents", "/agents?archived=true"],
    "/agents/new": ["/agents/new", "/agents/new?from=file"],
    "/agents/{slug}/{tab}": ["playground", "configuration", "versions", "executions"].map((tab) => `/agents/support-triage/${tab}`),
    "/executions": ["/executions", "/executions?status=succeeded"],
    "/executions/bulk": ["/executions/bulk"],
    "/executions/bulk/new": ["/executions/bulk/new?kind=rerun&status=succeeded", "/executions/bulk/new?kind=cancel&status=queued"],
    "/executions/bulk/{id}": [`/executions/bulk/${bulk}`],
    "/executions/compare": ["/executions/compare"],
    "/executions/{id}": [`/executions/${execution}`],
    "/executions/{id}/rerun": [`/executions/${execution}/rerun`],
    "/tools": ["/tools"],
    "/tools/new": ["/tools/new"],
    "/tools/{id}": [`/tools/${tool}`],
    "/tools/{id}/edit": [`/tools/${tool}/edit`],
    "/queue": ["/queue"],
    "/schedules": ["/schedules"],
    "/schedules/new": ["/schedules/new"],
    "/schedules/{id}": [`/schedules/${schedule}`],
    "/schedules/{id}/edit": [`/schedules/${schedule}/edit`],
    "/batches": ["/batches"],
    "/batches/new": ["/batches/new"],
    "/batches/{id}": [`/batches/${batch}`],
    "/audit": ["/audit"],
    "/settings": ["/settings"],
    "/settings/{section}": ["profile", "sessions", "appearance", "members", "api-keys", "toolhouse", "data"].map((section) => `/settings/${section}`),
  };
  const whole = Object.entries(below).map(([path, addresses]) => [`/w/{workspace}${path}`, addresses.map((address) => home + address)]);
  return Object.fromEntries(whole);
}

/** A dialog: the page it stands on, and the button that opens it where the address does not. */
export type DialogPlace = { address: string; button?: RegExp };

export function dialogs(things: Things): DialogPlace[] {
  return [
    { address: `${agent}/configuration?dialog=publish` },
    { address: `${agent}/playground?dialog=archive` },
    { address: `${agent}/playground?dialog=export` },
    { address: `${agent}/versions?dialog=restore&number=1` },
    { address: `${home}/schedules/${things.schedule}?dialog=delete` },
    { address: `${home}/batches/${things.batch}?dialog=cancel` },
    { address: `${home}/settings/members`, button: /^Remove / },
    { address: `${home}/settings/api-keys`, button: /^Revoke key / },
  ];
}

/** Opens a dialog on a page that has just been loaded. */
export async function openDialog(page: Page, { address, button }: DialogPlace): Promise<void> {
  await gotoHydrated(page, address);
  if (button) await page.getByRole("button", { name: button }).first().click();
  await expect(page.getByRole("dialog"), address).toBeVisible();
}
