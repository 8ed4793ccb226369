import { hostname, networkInterfaces } from "node:os";
import * as v from "valibot";
import { type Memento, type QuickPickItem, window } from "vscode";
import { relayAddress } from "../core/wire/invitation";
import { type NetworkAddress, networkAddresses } from "../node/networkAddresses";
import type { LiveSettings } from "./liveSettings";
import { plainText } from "./plainText";
import { remoteComputer } from "./remoteComputer";
import { configuredRelays } from "./settings";
import { LOOPBACK, movedFrom, reachOf, type Whereabouts } from "./whereabouts";

/** The way to the receiver: the user's relays, or the window's own one on an address. */
export type RelayRoute =
  | { kind: "configured"; relays: readonly string[] }
  | ({ kind: "embedded" } & Whereabouts);

/** What was chosen on this computer; addresses change, so the interface counts. */
const remembered = v.variant("reach", [
  v.object({ reach: v.literal("this-computer") }),
  v.object({ reach: v.literal("this-network"), name: v.string() }),
]);
type Remembered = v.InferOutput<typeof remembered>;

type Embedded = Extract<RelayRoute, { kind: "embedded" }>;
type Choice = Remembered | { reach: "relay" };
type ChoiceItem = QuickPickItem & { choice: Choice };

/** Decides how a sender is reached, and asks the user where only the user can know. */
export class RelayRoutes {
  constructor(
    private readonly settings: LiveSettings,
    private readonly memory: Memento,
  ) {}

  /** Where a relay that was at `former` has to be instead, see `movedFrom`. */
  today(former: Whereabouts): Whereabouts | undefined {
    const { embeddedHost } = this.settings.current;
    const choice = embeddedHost === "" ? this.#fromMemory() : this.#onHost(embeddedHost);
    return movedFrom(former, choice, networkInterfaces());
  }

  /**
   * The route for the next transfer; `undefined` when the user left the question open.
   * @throws E_USAGE for a configured relay that is no address
   */
  async choose(): Promise<RelayRoute | undefined> {
    const relays = configuredRelays(this.settings.current);
    if (relays.length > 0) return { kind: "configured", relays };
    const { embeddedHost } = this.settings.current;
    if (embeddedHost !== "") return this.#onHost(embeddedHost);
    return this.#fromMemory() ?? (await this.ask());
  }

  /** Asks who should be able to receive, and remembers it. */
  async ask(): Promise<RelayRoute | undefined> {
    const { texts } = this.settings;
    const remote = remoteComputer();
    const addresses = networkAddresses(networkInterfaces());
    const items = this.#items(addresses);
    const picked = await window.showQuickPick(items, {
      title: texts.say("bindTitle"),
      ...(remote === undefined
        ? {}
        : { placeHolder: texts.say("bindRemoteDetail", { remote: plainText(remote) }) }),
      ignoreFocusOut: true,
    });
    if (picked === undefined) return undefined;
    if (picked.choice.reach === "relay") return this.askForRelay();
    await this.memory.update(memoryKey(), picked.choice);
    return this.#fromMemory();
  }

  /** Asks for the address of a relay and puts it into the settings. */
  async askForRelay(): Promise<RelayRoute | undefined> {
    const { texts } = this.settings;
    const typed = await window.showInputBox({
      prompt: texts.say("relayPrompt"),
      placeHolder: "wss://relay.example.org",
      ignoreFocusOut: true,
      validateInput: (text) =>
        text === "" || relayAddress(text) !== undefined ? undefined : texts.say("relayNone"),
    });
    const relay = relayAddress(typed ?? "");
    if (relay === undefined) return undefined;
    await this.settings.addRelay(relay);
    return { kind: "configured", relays: configuredRelays(this.settings.current) };
  }

  #items(addresses: readonly NetworkAddress[]): ChoiceItem[] {
    const { texts } = this.settings;
    const networks = addresses.map(
      ({ name, address }): ChoiceItem => ({
        label: texts.say("bindNetwork"),
        description: plainText(`${address} (${name})`),
        detail: texts.say("bindNetworkDetail", { address }),
        choice: { reach: "this-network", name },
      }),
    );
    return [
      ...networks,
      {
        label: texts.say("bindComputer"),
        detail: texts.say("bindComputerDetail"),
        choice: { reach: "this-computer" },
      },
      {
        label: texts.say("bindRelay"),
        detail: texts.say("bindRelayDetail"),
        choice: { reach: "relay" },
      },
    ];
  }

  #fromMemory(): Embedded | undefined {
    const known = v.safeParse(remembered, this.memory.get(memoryKey()));
    if (!known.success) return undefined;
    const choice = known.output;
    if (choice.reach === "this-computer") return this.#onHost(LOOPBACK);
    const now = networkAddresses(networkInterfaces()).find(({ name }) => name === choice.name);
    return now === undefined ? undefined : this.#onHost(now.address);
  }

  #onHost(bind: string): Embedded {
    const port = this.settings.current.embeddedPort;
    return { kind: "embedded", bind, port, ...reachOf(bind, networkInterfaces()) };
  }
}

/** VS Code may share its memory between computers; the choice belongs to one. */
function memoryKey(): string {
  return `embeddedRelay.reach ${hostname()}`;
}
