// Pictures of every page, to look at beside the drawings: `npm run shots`. They are written to `end2end/shots/`.
import base from "./playwright.config";

export default { ...base, testDir: "./pictures", timeout: 600_000 };
