/** What a transfer's card is given; each program adds its own. */
import type { ViewMessage } from "../../../src/bridge/messages";
import type { Texts } from "./texts";

export interface Context {
  readonly texts: Texts;
  /** The host's clock now, in milliseconds since 1970. */
  readonly now: number;
  /** `env.remoteName` when the host runs elsewhere than the window. */
  readonly remote: string | undefined;
  /** Which copy button was pressed a moment ago. */
  readonly copied: string | undefined;
  readonly post: (message: ViewMessage) => void;
  /** Posts a message that copies; the button that bears `key` says so for a moment. */
  readonly copy: (key: string, message: ViewMessage) => void;
}
