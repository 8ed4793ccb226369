/** What a test and its window's extension host say to each other, as JSON over a socket. */
import type { ViewMessage } from "../../../src/bridge/messages";
import type { ViewState } from "../../../src/bridge/state";

/** Where the extension host finds the test that drives it: `PORT`. */
export const DRIVER_PORT = "SECURESHARE_TEST_DRIVER";
/** The folder for the state of the extension that it drives. */
export const DRIVER_STATE = "SECURESHARE_TEST_STATE";

export type ToHost =
  /** Settings below `secureshare`; `null` is their default. */
  | { readonly do: "configure"; readonly settings: Readonly<Record<string, unknown>> }
  /** As the Explorer's menu does, with a file's or folder's path. */
  | { readonly do: "send"; readonly path: string }
  /** As the view does. */
  | { readonly do: "view"; readonly message: ViewMessage }
  /** Ends the extension and starts it anew, as a window that is loaded again. */
  | { readonly do: "reload" }
  /** Answered by `measured`, and measured anew from then on. */
  | { readonly do: "measure" }
  /** Ends the run. */
  | { readonly do: "end" };

export type FromHost =
  | { readonly is: "state"; readonly state: ViewState }
  | { readonly is: "configured" }
  | { readonly is: "reloaded" }
  /** What was asked for last did not work. */
  | { readonly is: "broken"; readonly why: string }
  | { readonly is: "measured"; readonly heldMs: number; readonly grownMiB: number };
