// Puts the pictures of the view's states, which the tests leave, together to the few that the
// documentation shows: node scripts/pictures.mjs
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "./vscode/chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The files whose pictures stand in each: state, theme and language. */
export const PICTURES = {
  // In the README, and so in the package: it has to be small.
  editor: ["waiting-dark-en", "verify-compare-dark-en"],
  sending: [
    "waiting-dark-en",
    "verify-compare-dark-en",
    "awaiting-acceptance-dark-en",
    "moving-dark-en",
    "done-sender-dark-en",
  ],
  receiving: [
    "idle-dark-en",
    "verify-type-receiver-dark-en",
    "offer-dark-en",
    "offer-text-dark-en",
    "done-receiver-dark-en",
    "done-text-dark-en",
  ],
  interrupted: [
    "paused-by-us-dark-en",
    "reconnecting-dark-en",
    "interrupted-dark-en",
    "failed-dark-en",
    "failed-resumable-dark-en",
    "history-dark-en",
  ],
  waiting: [
    "waiting-configured-dark-en",
    "waiting-remote-dark-en",
    "waiting-forwarded-dark-en",
    "waiting-forwarded-login-dark-en",
    "waiting-text-dark-en",
    "relay-dark-en",
  ],
  verification: [
    "connecting-dark-en",
    "handshake-dark-en",
    "verify-type-sender-dark-en",
    "verify-automated-dark-en",
    "awaiting-confirmation-dark-en",
    "offer-no-folder-dark-en",
    "offer-no-space-dark-en",
  ],
  more: [
    "several-dark-en",
    "changed-sender-dark-en",
    "changed-receiver-dark-en",
    "paused-by-peer-dark-en",
    "paused-by-both-dark-en",
    "reconnecting-moved-dark-en",
    "reconnecting-forwarded-dark-en",
  ],
  ended: [
    "done-text-sender-dark-en",
    "done-text-gone-dark-en",
    "failed-receiver-dark-en",
    "interrupted-and-running-dark-en",
    "log-dark-en",
  ],
  languages: ["waiting-light-uk", "offer-light-uk", "waiting-hcDark-de", "offer-hcDark-de"],
};

/**
 * @param {string} name
 * @returns {Promise<string>}
 */
async function figure(name) {
  const bytes = await readFile(`${root}out/screenshots/view/${name}.png`);
  return `<img alt="" src="data:image/png;base64,${bytes.toString("base64")}">`;
}

async function draw() {
  const target = `${root}docs/images`;
  await mkdir(target, { recursive: true });
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    for (const [name, states] of Object.entries(PICTURES)) {
      const figures = await Promise.all(states.map(figure));
      await page.setViewportSize({ width: states.length * 332 + 12, height: 100 });
      await page.setContent(
        `<body style="display:flex;gap:12px;margin:12px;align-items:flex-start;background:#808080">${figures.join("")}</body>`,
      );
      await page.screenshot({ path: `${target}/${name}.png`, fullPage: true });
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await draw();
