/** Entry point of the page's worker: the transfers run here, beside what draws them. */
import type { CommonPorts } from "../core/session/transfer";
import { createAead } from "./aead";
import { createHash } from "./hash";
import type { PageMessage, WorkerMessage } from "./messages";
import { findPlace } from "./place";
import { browserDialer } from "./socket";
import { browserClock, browserRandom } from "./system";
import { Transfers } from "./transfers";

type Begin = Extract<PageMessage, { type: "begin" }>;

const post = (message: WorkerMessage) => self.postMessage(message);

/** What insecure contexts lack is `undefined` there, whatever its type says. */
function subtleOf({ subtle }: { subtle?: SubtleCrypto }): SubtleCrypto | undefined {
  return subtle;
}

async function begin({ relay, language, picksFolders }: Begin) {
  const [hash, place] = await Promise.all([createHash(), findPlace(navigator)]);
  const ports: CommonPorts = {
    dialer: browserDialer,
    clock: browserClock,
    random: browserRandom,
    aead: createAead(subtleOf(crypto)),
    hash,
  };
  const transfers = new Transfers({ ports, place, relay, language, picksFolders, post });
  post({ type: "begun", keptMax: place.max });
  transfers.show();
  return transfers;
}

let transfers: Promise<Transfers> | undefined;

self.onmessage = ({ data }: MessageEvent<PageMessage>) => {
  if (data.type === "begin") transfers ??= begin(data);
  else void transfers?.then((begun) => begun.take(data));
};
