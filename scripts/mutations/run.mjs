// Runs bundled test files until the first failure, in a process of its own. Exit codes:
// 0 all passed, 1 a test failed, 2 there was nothing to run, 3 a test waits for what cannot
// happen any more. No test has a limit of its own, so that the last is seen at once: where no
// timer, socket or file can wake the program, it ends. Who started this ends what spins. The
// last line says how much of a processor it took, in milliseconds.
import Mocha from "mocha";

// Also a test without a limit has a timer in mocha, of 24 days.
Object.assign(Mocha.Runnable.prototype, { resetTimeout: () => {} });

const now = { test: "" };
/** @param {import("mocha").Runner} runner */
function firstFailure(runner) {
  runner.on("test", (test) => {
    now.test = test.fullTitle();
  });
  runner.once("fail", (test, error) => console.log(`${test.fullTitle()}: ${error.message}`));
}
const mocha = new Mocha({ ui: "bdd", bail: true, timeout: 0 });
mocha.reporter(/** @type {any} */ (firstFailure));
for (const file of process.argv.slice(2)) mocha.addFile(file);
await mocha.loadFilesAsync();
process.once("exit", (code) => {
  if (code !== 0) return;
  console.log(`${now.test}: waits for ever`);
  process.exitCode = 3;
});
const runner = mocha.run((failures) => {
  const tests = runner.stats?.tests ?? 0;
  process.removeAllListeners("exit");
  const { user, system } = process.cpuUsage();
  console.log(`CPU ${Math.round((user + system) / 1000)}`);
  process.exit(failures > 0 ? 1 : tests === 0 ? 2 : 0);
});
