// mocha's own spec reporter, which also leaves its counts in the file $TEST_STATS.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.TEST_STATS, JSON.stringify({ passes, failures, pending }));
    });
  }
};
