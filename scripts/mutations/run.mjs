// Runs bundled test files until the first failure, in a process of its own. Exit codes:
// 0 all passed, 1 a test failed, 2 there was nothing to run.
import Mocha from "mocha";

/** @param {import("mocha").Runner} runner */
function firstFailure(runner) {
  runner.once("fail", (test, error) => console.log(`${test.fullTitle()}: ${error.message}`));
}
const mocha = new Mocha({ ui: "bdd", bail: true, timeout: 25_000 });
mocha.reporter(/** @type {any} */ (firstFailure));
for (const file of process.argv.slice(2)) mocha.addFile(file);
await mocha.loadFilesAsync();
const runner = mocha.run((failures) => {
  const tests = runner.stats?.tests ?? 0;
  process.exit(failures > 0 ? 1 : tests === 0 ? 2 : 0);
});
