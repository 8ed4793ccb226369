import { env } from "vscode";
import type { History } from "./history";
import type { InterruptedList } from "./interruptedList";
import type { LiveSettings } from "./liveSettings";
import type { TransferList } from "./transferList";
import type { ViewContent } from "./view";

/** What the view shows of the window's transfers, in the user's language. */
export function viewContent(
  settings: LiveSettings,
  transfers: TransferList,
  interrupted: Pick<InterruptedList, "all">,
  history: Pick<History, "all">,
): ViewContent {
  return {
    state: () => ({
      language: settings.texts.language,
      languageSetting: settings.current.language,
      transfers: transfers.all.map(({ view }) => view),
      interrupted: interrupted.all,
      history: history.all,
      now: Date.now(),
      remote: env.remoteName,
    }),
    badge: () => {
      const value = transfers.active.filter(({ asks }) => asks).length;
      return { value, tooltip: settings.texts.say("badge", { count: value }) };
    },
  };
}
