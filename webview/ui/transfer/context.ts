/** What a transfer's card is given; each program adds its own. */
import type { ViewMessage } from "../../../src/bridge/messages";
import type { OfferView, TransferView } from "../../../src/bridge/state";
import type { Piece } from "../elements";
import type { Texts } from "./texts";

/** What a program without an editor draws in place of what the editor offers. */
interface OwnParts {
  /** Where an offer is saved to. */
  target(transfer: string, offer: OfferView): Piece;
  /** What can be done with what has arrived. */
  received(transfer: TransferView): Piece;
  /** What has arrived is saved by its user, and nobody can tell whether it was. */
  keeps(transfer: string): boolean;
}

export interface Context {
  readonly own?: OwnParts;
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
