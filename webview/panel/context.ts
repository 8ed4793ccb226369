/** What every part of the view is given. */
import type { ViewMessage } from "../../src/bridge/messages";
import type { ViewState } from "../../src/bridge/state";
import type { Failure } from "../../src/core/errors";
import type { Texts } from "./texts";

/** What the host found in an invitation. */
interface Verdict {
  readonly invitation: string;
  readonly failure: Failure | undefined;
}

/** What the view alone knows; all of it may be lost without harm. */
export interface Passing {
  /** The invitation as typed so far. */
  readonly draft: string;
  readonly verdict: Verdict | undefined;
  /** Which copy button was pressed a moment ago. */
  readonly copied: string | undefined;
  /** The last drop held nothing that has a path. */
  readonly emptyDrop: boolean;
}

export interface Context extends Passing {
  readonly state: ViewState;
  readonly texts: Texts;
  /** The host's clock now, in milliseconds since 1970. */
  readonly now: number;
  readonly post: (message: ViewMessage) => void;
  /** Posts a message that copies; the button that bears `key` says so for a moment. */
  readonly copy: (key: string, message: ViewMessage) => void;
  readonly typed: (draft: string) => void;
  readonly submit: () => void;
  readonly dropped: (uris: readonly string[]) => void;
}
