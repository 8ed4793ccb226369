// Opens a real VS Code with the built extension and a sample workspace, and cleans up after:
// node scripts/start.mjs [--server] [--check]
//
// The desktop's `code` is taken where there is one and a desktop to show it; else (or with
// --server) a VS Code server from the npm registry, in a browser. --check starts that server,
// sees whether it serves the workbench, prints the address and ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findProgram } from "./vscode/processes.mjs";
import { installServer, startServer, workbenchUrl } from "./vscode/server.mjs";

const extension = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** Names and contents as they come in life: other alphabets, emoji, an empty file and folder. */
const SAMPLES = {
  "Звіт за жовтень.txt": "Підсумки за жовтень: усе гаразд.\n",
  "Größenübersicht.csv": "Maß;Größe\nHöhe;180 cm\nBreite;75 cm\n",
  "🚀 launch plan.md": "# Launch plan\n\n1. Right-click a file or folder.\n2. Read out the code.\n",
  "Фото/опис.txt": "Папка з підпапкою.\n",
  "Фото/порожній файл.txt": "",
};

/**
 * @param {string} root
 * @returns {Promise<{ send: string, receive: string }>} two folders, the second one empty
 */
async function sampleFolders(root) {
  const send = join(root, "to send");
  const receive = join(root, "received");
  for (const folder of [receive, join(send, "Фото", "leerer Ordner")]) {
    await mkdir(folder, { recursive: true });
  }
  for (const [name, text] of Object.entries(SAMPLES)) await writeFile(join(send, name), text);
  return { send, receive };
}

/** Whether there is a desktop on which a program can open a window. */
function hasDesktop() {
  if (process.platform !== "linux") return true;
  return Boolean(process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"]);
}

/** @returns {Promise<string | undefined>} the desktop VS Code's command */
async function desktopCode() {
  const name = process.platform === "win32" ? "code.cmd" : "code";
  const found = hasDesktop() ? await findProgram(name) : undefined;
  // The terminal of a remote window has a `code` that opens files there and loads no extension.
  return found?.includes("remote-cli") ? undefined : found;
}

/**
 * Opens the desktop VS Code with a profile of its own and waits until its window is closed.
 *
 * @param {string} code
 * @param {{ root: string, folder: string, signal: AbortSignal }} options
 */
async function openDesktop(code, { root, folder, signal }) {
  const profile = join(root, "profile");
  const args = [
    `--extensionDevelopmentPath=${extension}`,
    "--new-window",
    "--wait",
    `--user-data-dir=${profile}`,
    `--extensions-dir=${join(root, "extensions")}`,
    "--disable-workspace-trust",
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    folder,
  ];
  console.log("SecureShare is opening in VS Code. Close its window or press Ctrl-C to end.");
  const shell = process.platform === "win32";
  const child = spawn(code, shell ? args.map((arg) => `"${arg}"`) : args, {
    stdio: "inherit",
    shell,
  });
  try {
    await once(child, "close", { signal });
  } finally {
    child.kill();
    if (signal.aborted) await endDesktop(profile);
  }
}

/**
 * The window is no child of the command that opened it; VS Code notes its process in the profile.
 *
 * @param {string} profile
 */
async function endDesktop(profile) {
  const pid = Number(await readFile(join(profile, "code.lock"), "utf8").catch(() => ""));
  try {
    if (pid > 1) process.kill(pid);
  } catch {
    // It has ended already.
  }
}

/**
 * Serves VS Code to a browser until the signal comes.
 *
 * @param {{ root: string, send: string, receive: string, check: boolean, signal: AbortSignal }}
 *   options
 */
async function openServer({ root, send, receive, check, signal }) {
  if (process.platform === "win32") {
    throw new Error("On Windows this needs VS Code on PATH: https://code.visualstudio.com");
  }
  const server = await startServer({
    server: await installServer({ log: console.log, signal }),
    dataDir: join(root, "server"),
    extensionsDir: join(root, "extensions"),
    home: join(root, "home"),
    flags: ["--disable-workspace-trust"],
    extensions: [extension],
    signal,
  });
  try {
    const url = workbenchUrl(server, { folder: send });
    await checkPage(url, server.token);
    console.log(
      `SecureShare runs in a VS Code in the browser. Open this very address:\n\n${url}\n`,
    );
    console.log("A second window with an empty folder, to receive in:\n");
    console.log(`${workbenchUrl(server, { folder: receive })}\n`);
    if (check) return;
    if (hasDesktop()) await openBrowser(url, root);
    console.log("Press Ctrl-C to end.");
    await once(server.process, "exit", { signal });
    throw new Error("The VS Code server has ended by itself.");
  } finally {
    await server.stop();
  }
}

/**
 * @param {string} url
 * @param {string} token
 */
async function checkPage(url, token) {
  // The first answer is a redirect that only a client with this cookie gets past.
  const response = await fetch(url, { headers: { cookie: `vscode-tkn=${token}` } });
  const page = await response.text();
  if (response.ok && page.includes("vscode-workbench")) return;
  throw new Error(`The VS Code server does not serve its workbench (status ${response.status}).`);
}

/**
 * Opens the address by way of a file that only this user can read: the address holds the token,
 * and every user can read a program's arguments.
 *
 * @param {string} url
 * @param {string} root
 */
async function openBrowser(url, root) {
  const opener = await findProgram(process.platform === "darwin" ? "open" : "xdg-open");
  if (opener === undefined) return;
  const page = join(root, "open.html");
  await writeFile(page, `<script>location.replace(${JSON.stringify(url)})</script>`, {
    mode: 0o600,
  });
  const child = spawn(opener, [page], { stdio: "ignore", detached: true });
  child.on("error", (error) => console.log(`The browser does not open: ${error.message}`));
  child.unref();
}

/** @param {AbortSignal} signal */
async function main(signal) {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, server: { type: "boolean" } },
  });
  const root = await mkdtemp(join(tmpdir(), "secureshare-start-"));
  try {
    const { send, receive } = await sampleFolders(root);
    const code = values.check || values.server ? undefined : await desktopCode();
    if (code === undefined) {
      await openServer({ root, send, receive, check: values.check ?? false, signal });
    } else {
      await openDesktop(code, { root, folder: send, signal });
    }
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => ended.abort());
try {
  await main(ended.signal);
} catch (error) {
  if (!ended.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
