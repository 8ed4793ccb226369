// Loaded before a program (node --require): writes what the process cost, when it exits, to
// the file in BENCH_COSTS. CPU in seconds over all its threads, peak resident memory in bytes,
// and by how many milliseconds its event loop was late since SIGUSR2, or since its start.
const { readFileSync, writeFileSync } = require("node:fs");
const { monitorEventLoopDelay } = require("node:perf_hooks");

/** How often the loop is looked at. Milliseconds; the figures are what comes on top of it. */
const LOOK = 2;

const file = process.env["BENCH_COSTS"];
delete process.env["BENCH_COSTS"];
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: LOOK });
  delay.enable();
  process.on("SIGUSR2", () => delay.reset());
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    // Not getrusage's maximum: that begins with the size of whoever started the process.
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    const late = (percent) => Math.max(0, delay.percentile(percent) / 1e6 - LOOK);
    const costs = {
      cpuSeconds: (user + system) / 1e6,
      peakBytes: Number(peak) * 1024,
      lateP50: late(50),
      lateP99: late(99),
    };
    writeFileSync(file, JSON.stringify(costs));
  });
}
