// Loaded before a program (node --require): writes what the process cost, when it exits, to
// the file in BENCH_COSTS. CPU in seconds over all its threads, peak resident memory in bytes.
const { readFileSync, writeFileSync } = require("node:fs");

const file = process.env["BENCH_COSTS"];
delete process.env["BENCH_COSTS"];
if (file !== undefined)
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    // Not getrusage's maximum: that begins with the size of whoever started the process.
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    const costs = { cpuSeconds: (user + system) / 1e6, peakBytes: Number(peak) * 1024 };
    writeFileSync(file, JSON.stringify(costs));
  });
