/** What every part of the view is given. */
import type { ViewState } from "../../src/bridge/state";
import type { Failure } from "../../src/core/errors";
import type { Context as CardContext } from "../ui/transfer/context";

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
  readonly copied: string | undefined;
  /** The last drop held nothing that has a path. */
  readonly emptyDrop: boolean;
}

export interface Context extends CardContext, Passing {
  readonly state: ViewState;
  readonly typed: (draft: string) => void;
  readonly submit: () => void;
  readonly dropped: (uris: readonly string[]) => void;
}
