import { networkInterfaces } from "node:os";
import type { OwnRelay } from "../bridge/state";
import { relayUrl } from "../node/networkAddresses";
import type { EmbeddedRelay } from "./embeddedRelay";
import type { History } from "./history";
import type { InterruptedList } from "./interruptedList";
import type { LiveSettings } from "./liveSettings";
import { remoteComputer } from "./remoteComputer";
import type { TransferList } from "./transferList";
import type { ViewContent } from "./view";
import { reachOf } from "./whereabouts";

/** What the view shows of the window's transfers, in the user's language. */
export function viewContent(
  settings: LiveSettings,
  transfers: TransferList,
  interrupted: Pick<InterruptedList, "all">,
  history: Pick<History, "all">,
  relay: Pick<EmbeddedRelay, "listening">,
): ViewContent {
  return {
    state: () => ({
      language: settings.texts.language,
      languageSetting: settings.current.language,
      transfers: transfers.all.map(({ view }) => view),
      interrupted: interrupted.all,
      history: history.all,
      relays: ownRelays(relay),
      now: Date.now(),
      remote: remoteComputer(),
    }),
    badge: () => {
      const value = transfers.active.filter(({ asks }) => asks).length;
      return { value, tooltip: settings.texts.say("badge", { count: value }) };
    },
  };
}

/** Where the window's relay listens, as its user tells others. */
export function ownRelays({ listening }: Pick<EmbeddedRelay, "listening">): OwnRelay[] {
  return listening.map(({ host, port }) => {
    const { announced, reach } = reachOf(host, networkInterfaces());
    return { address: new URL(relayUrl(announced, port)).host, reach };
  });
}
