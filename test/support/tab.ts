/** The relay's page in a tab of a real Chromium, used as a user does. */
import type { Browser, BrowserContext, Download, Page } from "playwright-core";
import { PATIENCE_MS } from "./vscode/patience";

export interface TabOptions {
  readonly locale?: string;
  readonly width?: number;
  readonly dark?: boolean;
  /** Gives the page a folder picker: what it picks is a folder of the private file system. */
  readonly picksFolders?: boolean;
  /** Takes whatever certificate comes. */
  readonly trustsAll?: boolean;
}

/** What a page's user sees and does. */
export interface Tab {
  readonly page: Page;
  /** Policy violations, errors, and requests to anybody but the relay. */
  readonly problems: () => Promise<readonly string[]>;
  readonly card: (phase: string) => Promise<void>;
  readonly press: (action: string) => Promise<void>;
  readonly receive: (invitation: string) => Promise<void>;
  /** The six digits on the screen. */
  readonly digits: () => Promise<string>;
  /** The code on the screen, with its dashes. */
  readonly code: () => Promise<string>;
  /** Presses what saves, the `n`th of its kind, and gives the file. */
  readonly download: (action: string, n?: number) => Promise<Download>;
  /** From now on the browser gives the page's origin no more than this. Bytes. */
  readonly limitDisk: (quotaSize: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

declare global {
  interface Window {
    violations: string[];
  }
}

/** Runs in the page before its scripts. */
function watchPolicy(): void {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
  });
}

/** A picker as the browser has it, but for the dialog. */
function pretendToPick(): void {
  Object.defineProperty(window, "showDirectoryPicker", {
    value: async () => {
      const root = await navigator.storage.getDirectory();
      return root.getDirectoryHandle("picked", { create: true });
    },
  });
}

/** Headless Chromium has a picker that nobody could use. */
function withoutPicker(): void {
  Reflect.deleteProperty(window, "showDirectoryPicker");
}

function watchRequests(context: BrowserContext, url: string): string[] {
  const strangers: string[] = [];
  const { host } = new URL(url);
  context.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "blob:" && asked.host !== host) strangers.push(request.url());
  });
  return strangers;
}

/** Opens `url`, a relay's `ws://` or `http://` address with whatever stands behind it. */
export async function openTab(
  browser: Browser,
  url: string,
  {
    locale = "en-US",
    width = 1000,
    dark = false,
    picksFolders = false,
    trustsAll = false,
  }: TabOptions = {},
): Promise<Tab> {
  const address = url.replace(/^ws/, "http");
  const context = await browser.newContext({
    locale,
    timezoneId: "UTC",
    viewport: { width, height: 800 },
    colorScheme: dark ? "dark" : "light",
    acceptDownloads: true,
    ignoreHTTPSErrors: trustsAll,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const strangers = watchRequests(context, address);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  await page.addInitScript(watchPolicy);
  await page.addInitScript(picksFolders ? pretendToPick : withoutPicker);
  await page.goto(address);
  await page.locator("h1").waitFor();
  const press = (action: string, n = 0) => page.locator(`[data-action="${action}"]`).nth(n).click();
  return {
    page,
    problems: async () => [
      ...errors,
      ...strangers,
      ...(await page.evaluate(() => window.violations)),
    ],
    card: (phase) => page.locator(`[data-phase="${phase}"]`).first().waitFor(),
    press,
    async receive(invitation) {
      await page.locator("#invitation input").fill(invitation);
      await press("receive");
    },
    digits: async () =>
      (await page.locator(".digits [aria-hidden]").innerText()).replace(/\D/g, ""),
    code: async () => await page.locator(".code [aria-hidden]").innerText(),
    async download(action, n) {
      const [download] = await Promise.all([page.waitForEvent("download"), press(action, n)]);
      return download;
    },
    async limitDisk(quotaSize) {
      const { origin } = new URL(page.url());
      const session = await context.newCDPSession(page);
      await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize });
    },
    close: () => context.close(),
  };
}
