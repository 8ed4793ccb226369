/** `dist/relay.js`: the one place of the relay that touches the process. */
import { join } from "node:path";
import { runRelay } from "./run";

const stop = new AbortController();

function onSignal(): void {
  // The second one is meant: whoever waits for the drain does not want to any more.
  if (stop.signal.aborted) process.exit(1);
  stop.abort();
}

process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);

const io = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
  pageFolder: join(__dirname, "page"),
  stop: stop.signal,
};

void runRelay(process.argv.slice(2), process.env, io).then((exitCode) => {
  process.exitCode = exitCode;
});
