import { realpathSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { extensions } from "vscode";
import { EXTENSION_ID } from "../../support/vscode/card";
import type { Activation, Turn } from "../../support/vscode/probeReports";

type Load = (module: NodeModule, path: string) => void;
/** How Node loads a file of JavaScript, for the extension host's `require` too. */
interface Loaders {
  readonly _extensions: { ".js": Load };
}
interface Entry {
  readonly activate: (...args: unknown[]) => void;
}

/**
 * Measures what the extension's entry costs when VS Code loads it and calls its `activate`, each
 * of which is one turn of the event loop.
 *
 * @returns what is known once it is active
 */
export function watchActivation(): () => Promise<Activation> {
  const ours = extensions.getExtension(EXTENSION_ID);
  const folder = join(realpathSync(ours?.extensionPath ?? ""), "dist");
  const turns: { load?: Turn; activate?: Turn } = {};
  const { _extensions: loaders } = Module as unknown as Loaders;
  const load = loaders[".js"];
  loaders[".js"] = (module, path) => {
    if (path !== join(folder, "extension.js")) return load(module, path);
    turns.load = timed(() => load(module, path));
    const entry = module.exports as Entry;
    const activate = (...args: unknown[]) => {
      turns.activate = timed(() => entry.activate(...args));
    };
    module.exports = { ...entry, activate };
  };
  return async () => {
    await ours?.activate();
    const { load, activate } = turns;
    if (load === undefined || activate === undefined) throw new Error("it was active before");
    return {
      load,
      activate,
      loaded: Object.keys(require.cache).filter((path) => path.startsWith(folder)),
      servers: process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length,
    };
  };
}

function timed(turn: () => void): Turn {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  turn();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 };
}
