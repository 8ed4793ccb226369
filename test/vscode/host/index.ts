import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import Mocha from "mocha";
import { type HostReport, REPORT } from "../../support/vscode/hostReport";

/** How long one test may take, in milliseconds: it may open a window's view or move a file. */
const LIMIT_MS = 120_000;

/**
 * Runs every `*.host.js` beside this bundle with mocha, inside the extension host that calls it:
 * of a VS Code server or, through @vscode/test-electron, of a desktop VS Code. Leaves a report
 * beside the bundle.
 *
 * @throws when a test fails or when there is none
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: LIMIT_MS, forbidOnly: true });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith(".host.js")) mocha.addFile(join(__dirname, name));
  }
  const reports = await finished(mocha);
  await writeFile(join(__dirname, REPORT), JSON.stringify(reports));
  const failures = reports.filter(({ outcome }) => outcome === "failed").length;
  if (failures > 0) throw new Error(`${failures} of the tests in the extension host failed`);
  if (reports.length === 0) throw new Error("no test ran in the extension host");
}

function finished(mocha: Mocha): Promise<HostReport[]> {
  const reports: HostReport[] = [];
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(reports));
    runner.on("pass", (test) => reports.push({ path: test.titlePath(), outcome: "passed" }));
    runner.on("pending", (test) => reports.push({ path: test.titlePath(), outcome: "skipped" }));
    // A hook that fails comes here too.
    runner.on("fail", (test, error: Error) => {
      const told = error.stack ?? error.message;
      reports.push({ path: test.titlePath(), outcome: "failed", error: told });
    });
  });
}
