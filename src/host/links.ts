import { type Uri, type UriHandler, window } from "vscode";
import { type Invitation, parseInvitation } from "../core/wire/invitation";
import { written } from "./invitationInput";
import type { LiveSettings } from "./liveSettings";
import type { Receiving } from "./receiving";

/**
 * `SCHEME://PUBLISHER.NAME/receive#CODE@RELAY`: fills the code in and asks. Anyone can make
 * such a link, so nothing is started by it and nothing but a well-formed code gets in.
 */
export class Links implements UriHandler {
  constructor(
    private readonly receiving: Pick<Receiving, "ask">,
    private readonly settings: LiveSettings,
  ) {}

  async handleUri(uri: Uri): Promise<void> {
    const invitation = uri.path === "/receive" ? invitationOf(uri.fragment) : undefined;
    if (invitation === undefined)
      void window.showWarningMessage(this.settings.texts.say("badLink"));
    else await this.receiving.ask(written(invitation), true);
  }
}

function invitationOf(fragment: string): Invitation | undefined {
  try {
    return parseInvitation(fragment);
  } catch {
    return undefined;
  }
}
