// Starts one Shopfloor for all tests: own folder, own database, own port, the simulator; stops it at the end.
//
// `cargo leptos end-to-end` also starts a server, at LEPTOS_SITE_ADDR, on the developer's own database and without
// the simulator. Tests leave that one alone and start theirs from the same binary: a journey begins with an empty
// database and the one-time setup link, which only the process that starts the server can read.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..");
const START_MS = 30_000;
const STOP_MS = 10_000;
const SETUP_LINK = /https?:\/\/\S+\/setup\?token=[^\s"'<>]+/;

/** The binary under test: the one given, or the one built last. */
function binary(): string {
  const given = process.env.SHOPFLOOR_BIN;
  if (given) return resolve(ROOT, given);
  const target = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
  const built = ["debug", "release", "ci"]
    .map((profile) => join(target, profile, "shopfloor"))
    .filter((file) => existsSync(file))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (!built[0]) throw new Error(`no shopfloor binary below ${target}; build it or set SHOPFLOOR_BIN`);
  return built[0];
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function ready(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((done) => server.once("exit", () => done()));
  server.kill("SIGTERM");
  const patience = setTimeout(() => server.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(patience);
}

export default async function globalSetup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "shopfloor-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Nothing of a developer's own settings reaches the server under test.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(SHOPFLOOR_|LEPTOS_|TOOLHOUSE_|DATABASE_URL$)/.test(name),
  );
  const program = binary();
  const env = {
    RUST_LOG: "info",
    ...Object.fromEntries(inherited),
    DATABASE_URL: `sqlite://${join(folder, "shopfloor.db")}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    SHOPFLOOR_PUBLIC_URL: url,
  };
  const server = spawn(program, ["serve", "--simulator"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  // Should the runner end without its teardown, the server must not outlive it.
  process.once("exit", () => server.kill("SIGKILL"));

  let output = "";
  let failure = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (text) => {
      output += text;
    });
  }
  server.once("error", (error) => {
    failure = `could not start: ${error.message}`;
  });
  server.once("exit", (code, signal) => {
    failure ||= `ended with ${signal ?? code}`;
  });

  const teardown = async () => {
    await stop(server);
    const results = join(__dirname, "test-results");
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, "server.log"), output);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the server answers /readyz and prints its setup link", START_MS, async () => {
      if (failure) throw new Error(`the server ${failure}`);
      return SETUP_LINK.test(output) && (await ready(url));
    });
  } catch (error) {
    await teardown();
    throw new Error(`${error instanceof Error ? error.message : error}\n\nThe server printed:\n${output}`);
  }
  process.env.SHOPFLOOR_E2E_URL = url;
  process.env.SHOPFLOOR_E2E_SETUP_URL = SETUP_LINK.exec(output)?.[0];
  // For commands that tests run beside the server.
  process.env.SHOPFLOOR_E2E_BINARY = program;
  process.env.SHOPFLOOR_E2E_FOLDER = folder;
  process.env.SHOPFLOOR_E2E_SETTINGS = JSON.stringify(env);
  return teardown;
}
