// mocha's own spec reporter, which also leaves its counts, and what failed, in the file $TEST_STATS.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const failed = this.failures.map((test) => ({
        title: test.fullTitle(),
        reason: String(test.err?.stack ?? test.err),
      }));
      writeFileSync(process.env.TEST_STATS, JSON.stringify({ passes, failures, pending, failed }));
    });
  }
};
