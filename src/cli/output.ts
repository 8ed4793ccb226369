import type { Writable } from "node:stream";

/** A stream that the program writes to, and what it may write there. */
export interface Output {
  readonly write: (text: string) => void;
  /** A person sees it: progress may be redrawn, width in columns is known. */
  readonly terminal: boolean;
  readonly colours: boolean;
  columns(): number;
}

type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface OutputSettings {
  /** `NO_COLOR` (no-color.org) is set and not empty. */
  readonly noColour: boolean;
  /** `TERM=dumb`: a terminal without cursor movement. */
  readonly dumb: boolean;
}

const DEFAULT_COLUMNS = 80;

/**
 * Writes to a stream whose reader may go away (`| head -1`): then `broken` is called once,
 * and what follows is dropped.
 */
export function openOutput(
  stream: OutputStream,
  settings: OutputSettings,
  broken: () => void,
): Output {
  let open = true;
  stream.on("error", () => {
    if (open) broken();
    open = false;
  });
  const terminal = stream.isTTY === true && !settings.dumb;
  const now = (text: string) => {
    if (open) stream.write(text);
  };
  return {
    // On a terminal two streams are one text: what is written first must stand first.
    write: stream.isTTY === true ? now : inOne(now),
    terminal,
    colours: terminal && !settings.noColour,
    columns: () => stream.columns ?? DEFAULT_COLUMNS,
  };
}

/** Text that waits for the end of a turn, at most. UTF-16 units. */
const WAITING_MAX = 64 * 1024;

/** A thousand small files are a thousand lines: what is said in one go is written in one. */
function inOne(write: (text: string) => void): (text: string) => void {
  let waiting = "";
  const flush = () => {
    const all = waiting;
    waiting = "";
    if (all !== "") write(all);
  };
  return (text) => {
    if (waiting === "") process.nextTick(flush);
    waiting += text;
    if (waiting.length > WAITING_MAX) flush();
  };
}
