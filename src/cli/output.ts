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
  return {
    write(text) {
      if (open) stream.write(text);
    },
    terminal,
    colours: terminal && !settings.noColour,
    columns: () => stream.columns ?? DEFAULT_COLUMNS,
  };
}
