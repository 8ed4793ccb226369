/** What every part of the page is given. */

import type { ViewState } from "../../src/bridge/state";
import type { PageMessage } from "../../src/browser/messages";
import type { Failure } from "../../src/core/errors";
import type { Context as CardContext } from "../ui/transfer/context";
import type { PageTexts } from "./texts";

/** What was found in an invitation. */
export type Verdict =
  | { readonly kind: "fits" }
  | { readonly kind: "wrong"; readonly failure: Failure }
  /** Another relay's; `link` opens its page with the code. */
  | { readonly kind: "elsewhere"; readonly link: string };

/** What only the page itself knows. */
export interface Passing {
  /** The invitation as typed so far, and the text to be sent. */
  readonly draft: string;
  readonly text: string;
  readonly verdict: Verdict | undefined;
  readonly copied: string | undefined;
  /** The last drop held nothing that can be read. */
  readonly emptyDrop: boolean;
  /** The worker has failed, or does not answer. */
  readonly ailing: boolean;
  /** Transfers whose archive is being packed, or found no room. */
  readonly packing: ReadonlySet<string>;
  readonly unpacked: ReadonlySet<string>;
}

/** What is known of the place that the page lives in. */
export interface Surroundings {
  /** `HOST:PORT` of the relay that served it. */
  readonly host: string;
  /** It came over TLS, or from this computer. */
  readonly secure: boolean;
  /** The relay takes rooms of anybody. */
  readonly sends: boolean;
  readonly picksFolders: boolean;
}

export interface Context extends CardContext, Passing {
  readonly state: ViewState;
  readonly words: PageTexts;
  readonly around: Surroundings;
  /** Bytes that can be received at once, where memory is all there is. */
  readonly keptMax: number | undefined;
  /** Files that wait to be saved, by transfer. */
  readonly savable: ReadonlyMap<string, number>;
  readonly ask: (message: PageMessage) => void;
  readonly pass: (change: Partial<Passing>) => void;
  readonly typed: (draft: string) => void;
  readonly submit: () => void;
  readonly pickFolder: (transfer: string) => void;
  readonly save: (transfer: string, path: string | undefined) => void;
}
