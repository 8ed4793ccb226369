import assert from "node:assert/strict";
import Mocha from "mocha";
import { launchBrowser } from "../support/vscode/browser";
import { bundleForHost } from "../support/vscode/bundle";
import { startComputer } from "../support/vscode/computer";
import { type HostResult, runInHost } from "../support/vscode/host";
import { type HostReport, readReports } from "../support/vscode/hostReport";
import { TEST_MS } from "../support/vscode/patience";

/** Runs the tests of `test/vscode/host` in the extension host of a window of their own. */
async function runHostTests(): Promise<HostResult & { reports: HostReport[] }> {
  const tests = await bundleForHost(TEST_ROOT, "host");
  const browser = await launchBrowser();
  try {
    const computer = await startComputer("host", { driver: true });
    try {
      const result = await runInHost(browser, computer, { tests, extension: TEST_ROOT });
      // Without a report, the output tells why there is none.
      return { ...result, reports: await readReports(tests).catch(() => []) };
    } finally {
      await computer.stop();
    }
  } finally {
    await browser.close();
  }
}

/** The same test here, so that it is counted and told as one. */
function told(report: HostReport): Mocha.Test {
  const title = report.path.at(-1) ?? "";
  if (report.outcome === "skipped") return new Mocha.Test(title);
  return new Mocha.Test(title, () => {
    if (report.outcome === "failed") throw new Error(report.error);
  });
}

/** Groups of tests as they were inside the extension host, below this suite. */
function retell(reports: readonly HostReport[], below: Mocha.Suite): void {
  const groups = new Map<string, Mocha.Suite>();
  for (const report of reports) {
    const title = report.path.slice(0, -1).join(" ");
    const group = groups.get(title) ?? Mocha.Suite.create(below, title);
    groups.set(title, group);
    group.addTest(told(report));
  }
}

const suite = describe("an extension host", function () {
  this.timeout(TEST_MS);

  it("runs the tests that belong inside it", async () => {
    const { exitCode, output, reports } = await runHostTests();
    assert.ok(reports.length > 0, output);
    const failed = reports.some(({ outcome }) => outcome === "failed");
    assert.equal(exitCode, failed ? 1 : 0, output);
    retell(reports, suite);
  });
});
