// Runs the tests of the extension host in a desktop VS Code, which this downloads:
// npm run test:desktop [-- VERSION]. For machines that can reach that download.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { bundleForHost } from "../support/vscode/bundle";

const root = process.cwd();
const [version = "stable"] = process.argv.slice(2);
const workspace = await mkdtemp(join(tmpdir(), "secureshare-desktop-"));
try {
  process.exitCode = await runTests({
    version,
    extensionDevelopmentPath: root,
    extensionTestsPath: await bundleForHost(root, "host"),
    launchArgs: [
      workspace,
      "--disable-workspace-trust",
      "--disable-extensions",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
} finally {
  await rm(workspace, { recursive: true, force: true });
}
