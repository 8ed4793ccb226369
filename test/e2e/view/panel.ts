/** Loads the built view into a page of the test's own, as VS Code would into a webview. */
import { readFile } from "node:fs/promises";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Language } from "../../../l10n/language";
import type { HostMessage, ViewMessage } from "../../../src/bridge/messages";
import { panelPage } from "../../../src/bridge/page";
import type { ViewState } from "../../../src/bridge/state";
import { PATIENCE_MS } from "../../support/vscode/patience";
import { type Theme, themes } from "./themes";

const ORIGIN = "https://panel.test";
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  css: "text/css",
  ttf: "font/ttf",
};

/** What VS Code puts into every webview before the extension's own styles, where it matters. */
const DEFAULTS = `
body {
  background-color: transparent;
  color: var(--vscode-editor-foreground);
  font-family: var(--vscode-font-family);
  font-size: var(--vscode-font-size);
  margin: 0;
  padding: 0 20px;
}
a:focus, input:focus, select:focus, textarea:focus {
  outline: 1px solid -webkit-focus-ring-color;
  outline-offset: -1px;
}
code {
  color: var(--vscode-textPreformat-foreground);
  background-color: var(--vscode-textPreformat-background);
  padding: 1px 3px;
  border-radius: 4px;
}`;

/** A change to a source file by which a test takes a defence out. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Applies an edit while bundling; one that no longer fits fails the build. */
function editing({ file, from, to }: Edit): Plugin {
  return {
    name: "edit",
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== TEST_ROOT + file) return undefined;
        const source = await readFile(path, "utf8");
        if (!source.includes(from)) throw new Error(`${file} no longer holds ${from}`);
        return { contents: source.replace(from, to), loader: "ts" };
      });
    },
  };
}

/** Read where it stands: the build finds the checkout by its own place. */
async function panelOptions(): Promise<BuildOptions> {
  const { bundles } = (await import(`${TEST_ROOT}scripts/build.mjs`)) as {
    bundles: Readonly<Record<string, BuildOptions>>;
  };
  return bundles["panel"] ?? {};
}

/** The bundle's files by name; the same options as in the shipped build. */
export async function buildPanel(edit?: Edit): Promise<ReadonlyMap<string, Uint8Array>> {
  const built = await build({
    ...(await panelOptions()),
    plugins: edit === undefined ? [] : [editing(edit)],
    absWorkingDir: TEST_ROOT,
    write: false,
    outdir: "/panel",
  });
  const files = built.outputFiles ?? [];
  return new Map(files.map(({ path, contents }) => [path.split("/").at(-1) ?? "", contents]));
}

export interface PanelOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
}

export interface OpenPanel {
  readonly page: Page;
  /** What the view has posted so far, oldest first. */
  readonly messages: () => Promise<readonly ViewMessage[]>;
  /** Violations of the content security policy, uncaught errors and console errors. */
  readonly problems: () => Promise<readonly string[]>;
  /** Settles once it has been drawn. */
  readonly send: (message: HostMessage) => Promise<void>;
  readonly show: (state: ViewState, language?: Language) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openPanel(
  browser: Browser,
  files: ReadonlyMap<string, Uint8Array>,
  { theme = "dark", width = 320, reducedMotion, forcedColors }: PanelOptions = {},
): Promise<OpenPanel> {
  const context = await browser.newContext({
    viewport: { width, height: 700 },
    locale: "en-US",
    timezoneId: "UTC",
    reducedMotion: reducedMotion === true ? "reduce" : "no-preference",
    forcedColors: forcedColors === true ? "active" : "none",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await serve(context, files);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  await page.addInitScript(pretendToBeVsCode, themes[theme]);
  await page.goto(`${ORIGIN}/`);
  const send = (message: HostMessage) => page.evaluate(deliver, message);
  return {
    page,
    messages: () => page.evaluate(() => window.posted),
    problems: async () => [...errors, ...(await page.evaluate(() => window.violations))],
    send,
    show: (state, language) =>
      send({ type: "state", state: { ...state, language: language ?? state.language } }),
    close: () => context.close(),
  };
}

async function serve(
  context: BrowserContext,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const ours = panelPage({
    title: "SecureShare",
    language: "en",
    cspSource: ORIGIN,
    nonce: "dGVzdC1ub25jZS0xMjM0NQ",
    script: `${ORIGIN}/main.js`,
    style: `${ORIGIN}/panel.css`,
  });
  const document = ours.replace("<head>", '<head><link rel="stylesheet" href="/vscode.css">');
  await context.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    const name = pathname.slice(1);
    const file = files.get(name);
    if (pathname === "/") await route.fulfill({ contentType: "text/html", body: document });
    else if (name === "vscode.css")
      await route.fulfill({ contentType: "text/css", body: DEFAULTS });
    else if (file === undefined) await route.fulfill({ status: 404 });
    else {
      const contentType = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
      await route.fulfill({ contentType, body: Buffer.from(file) });
    }
  });
}

declare global {
  interface Window {
    posted: ViewMessage[];
    violations: string[];
    acquireVsCodeApi: () => { postMessage(message: ViewMessage): void };
  }
}

/** Runs in the page before its scripts. */
function pretendToBeVsCode(theme: { kind: string; variables: Record<string, string> }): void {
  window.posted = [];
  window.violations = [];
  window.acquireVsCodeApi = () => ({ postMessage: (message) => window.posted.push(message) });
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(theme.variables)) style.setProperty(name, value);
    style.setProperty("background", theme.variables["--vscode-sideBar-background"] ?? "");
    document.body.classList.add(theme.kind);
  });
}

/** Runs in the page: posts as VS Code does and waits until it has been painted. */
async function deliver(message: HostMessage): Promise<void> {
  const arrived = new Promise((resolve) => {
    window.addEventListener("message", resolve, { once: true });
  });
  window.postMessage(message, "*");
  await arrived;
  await new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
}
