// Measures its own process: how long one turn of its event loop has taken at most, and how much
// memory it had at most. Loaded into a victim before its program (node --require) it writes that
// down when the victim ends; others ask.
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

/** A line of the process's status, in MiB. */
function memory(name) {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}
let before = 0;

/** Since `forget`: the longest turn of the event loop, the most memory, and how much more that is. */
function measured() {
  const peakMiB = memory("VmHWM");
  return { heldMs: Math.round(held), peakMiB, grownMiB: peakMiB - before };
}

function forget() {
  held = 0;
  // The most memory is counted from here on (proc_pid_clear_refs(5)).
  writeFileSync("/proc/self/clear_refs", "5");
  before = memory("VmRSS");
}

if (file !== undefined) {
  // Loading and compiling the program is no turn that anybody could have caused.
  setTimeout(() => {
    held = 0;
  }, 400).unref();
  process.on("exit", () => writeFileSync(file, JSON.stringify(measured())));
}

module.exports = { forget, measured };
