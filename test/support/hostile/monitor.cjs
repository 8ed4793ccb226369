// Loaded into a victim before its program (node --require): when it ends, writes down how
// much memory it had at most and how long one turn of its event loop has taken at most.
const { readFileSync, writeFileSync } = require("node:fs");

const INTERVAL = 10;
const file = process.env.SECURESHARE_TEST_MONITOR;
let held = 0;
let at = performance.now();

/** Milliseconds that this thread, not its helpers, has had a processor. */
function ownTime() {
  const [nanoseconds] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}
let cpu = ownTime();
const timer = setInterval(() => {
  const [now, used] = [performance.now(), ownTime()];
  // What was not our own time was a busy machine's.
  held = Math.max(held, Math.min(now - at - INTERVAL, used - cpu));
  at = now;
  cpu = used;
}, INTERVAL);
timer.unref();
// Loading and compiling the program is no turn that anybody could have caused.
setTimeout(() => {
  held = 0;
}, 400).unref();

process.on("exit", () => {
  if (file === undefined) return;
  const status = readFileSync("/proc/self/status", "utf8");
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  writeFileSync(file, JSON.stringify({ heldMs: Math.round(held), peakMiB: peakKiB / 1024 }));
});
