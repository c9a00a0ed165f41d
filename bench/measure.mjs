// First numbers of a built binary: start, memory, starts accepted, reading a list.
// node bench/measure.mjs path/to/shopfloor
// Uses a folder and ports of its own on this machine, and stops by itself.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";

const binary = resolve(process.argv[2] ?? "target/release/shopfloor");
const folder = mkdtempSync(join(tmpdir(), "shopfloor-bench-"));
const address = "127.0.0.1:3987";
const base = `http://${address}`;
const env = { ...process.env, LEPTOS_SITE_ADDR: address, RUST_LOG: "warn" };
const options = { cwd: folder, env };

async function start() {
  const began = performance.now();
  const child = spawn(binary, ["serve", "--simulator"], { ...options, stdio: "ignore" });
  for (;;) {
    try {
      await (await fetch(`${base}/healthz`)).text();
      return { child, took: performance.now() - began };
    } catch {
      await new Promise((done) => setTimeout(done, 2));
    }
  }
}

const stop = (child) => new Promise((done) => child.once("exit", done) && child.kill("SIGTERM"));
const sorted = (values) => [...values].sort((a, b) => a - b);
const part = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))];
const ms = (value) => `${value.toFixed(1)} ms`;

/** Runs `total` calls with `width` of them at a time; gives the time of each and of all. */
async function load(width, total, call) {
  const times = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next++ < total) {
        const before = performance.now();
        await call();
        times.push(performance.now() - before);
      }
    }),
  );
  return { times, seconds: (performance.now() - began) / 1000 };
}

// The first start makes the database; the others are what people wait for.
await stop((await start()).child);
const starts = [];
for (let i = 0; i < 5; i += 1) {
  const { child, took } = await start();
  starts.push(took);
  await stop(child);
}
const { child } = await start();
const user = ["user", "create", "--email", "bench@example.com", "--role", "owner", "--password-stdin"];
execFileSync(binary, user, { ...options, input: "a password for measuring" });
const scopes = "agents:read,agents:write,executions:read,executions:write,payloads:read";
const makeKey = ["key", "create", "--workspace", "my-workspace", "--name", "bench", "--scopes", scopes, "--expires", "1d"];
const key = execFileSync(binary, makeKey, { ...options, encoding: "utf8" }).trim();
const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
const post = async (path, body) => {
  const response = await fetch(`${base}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
};
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024;
const idle = memory();
const agent = (await post("/agents", { title: "Bench", instructions: "Answer.", limits: { concurrency: 1 } })).id;
await post(`/agents/${agent}/publish`, {});

console.log(`machine: ${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB; SQLite on disk, synchronous=FULL`);
console.log(`binary: ${(statSync(binary).size / 2 ** 20).toFixed(0)} MiB`);
console.log(`start to first answer, existing database: median ${ms(part(starts, 0.5))}, worst of 5 ${ms(Math.max(...starts))}`);
console.log(`idle memory: ${idle.toFixed(0)} MB`);
for (const width of [1, 16, 64]) {
  const { times, seconds } = await load(width, 300, () => post(`/agents/${agent}/executions`, { message: "hello" }));
  console.log(`starts accepted (durable), ${width} callers: ${(300 / seconds).toFixed(0)} per second, p50 ${ms(part(times, 0.5))}, p99 ${ms(part(times, 0.99))}`);
}
const list = async () => (await fetch(`${base}/api/v1/executions?limit=50`, { headers })).text();
const { times } = await load(1, 300, list);
console.log(`list of 50 executions of about 900: p50 ${ms(part(times, 0.5))}, p99 ${ms(part(times, 0.99))}`);
console.log(`memory after that: ${memory().toFixed(0)} MB`);
await stop(child);
