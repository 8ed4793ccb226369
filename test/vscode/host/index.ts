import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";

/** How long one test may take, in milliseconds: it may open a window's view or move a file. */
const LIMIT_MS = 30_000;

/**
 * Runs every `*.host.js` beside this bundle with mocha, inside the extension host that calls it:
 * of a VS Code server or, through @vscode/test-electron, of a desktop VS Code.
 *
 * @throws when a test fails or when there is none
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: LIMIT_MS, forbidOnly: true });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith(".host.js")) mocha.addFile(join(__dirname, name));
  }
  const { passes, failures, pending } = await finished(mocha);
  if (failures > 0) throw new Error(`${failures} of the tests in the extension host failed`);
  if (passes + pending === 0) throw new Error("no test ran in the extension host");
}

function finished(mocha: Mocha): Promise<Mocha.Stats> {
  return new Promise((resolve, reject) => {
    const runner = mocha.run(() => {
      if (runner.stats) resolve(runner.stats);
      else reject(new Error("mocha kept no count"));
    });
  });
}
