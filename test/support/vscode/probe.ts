/** The tests' own extension beside ours, see `test/vscode/probe`, as its tests have it. */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import * as v from "valibot";
import { eventually } from "./eventually";
import { PATIENCE_MS } from "./patience";
import { type Activation, activation, type Loop, loop, type Span } from "./probeReports";
import type { Window } from "./window";

/** Builds it. @returns its folder */
export async function buildProbe(root: string): Promise<string> {
  const source = join(root, "test", "vscode", "probe");
  const outdir = join(root, "out", "tests", "probe");
  await mkdir(outdir, { recursive: true });
  await copyFile(join(source, "package.json"), join(outdir, "package.json"));
  await build({
    entryPoints: [join(source, "extension.ts")],
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode"],
    logLevel: "warning",
  });
  return outdir;
}

/** What it says of our extension's activation in this window. */
export function readActivation(window: Window): Promise<Activation> {
  return ask(window, "Activation", activation);
}

/** Begins to watch the event loop of this window's extension host. */
export async function startLoop(window: Window): Promise<void> {
  await ask(window, "Start Loop", v.object({}));
}

/** How long its turns lasted between two times, the second of which has passed. */
export function stopLoop(window: Window, span: Span): Promise<Loop> {
  return ask(window, "Stop Loop", loop, span);
}

/** Runs one of its commands, which finds the question on the clipboard and leaves its answer there. */
async function ask<T extends v.GenericSchema>(
  window: Window,
  title: string,
  schema: T,
  question: object = {},
): Promise<v.InferOutput<T>> {
  const { page } = window;
  const asked = JSON.stringify({ question });
  await page.evaluate((text) => navigator.clipboard.writeText(text), asked);
  await window.runCommand(`Probe: ${title}`);
  return eventually(PATIENCE_MS, async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    if (text === asked) throw new Error(`no answer to ${title}`);
    return v.parse(schema, JSON.parse(text));
  });
}
