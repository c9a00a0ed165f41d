// Browser tests: the real binary, the simulator and the system's Chromium.
// Run by `cargo xtask test`, by `cargo leptos end-to-end`, or by hand with `npx playwright test` in this folder.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results",
  globalSetup: "./global-setup.ts",
  // One server, one database: journeys run one after the other, in the order of their file names.
  workers: 1,
  fullyParallel: false,
  // A test that passes only the second time is a failing test.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  timeout: 30_000,
  expect: { timeout: 10_000 },
  use: {
    // Known once the server listens; `tests/fixtures.ts` gives it to every page as well.
    baseURL: process.env.SHOPFLOOR_E2E_URL,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.SHOPFLOOR_CHROMIUM ?? "/usr/bin/chromium",
      // The later ones keep the browser from calling its maker's servers.
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
