import { env, window } from "vscode";
import { relayUrl } from "../node/networkAddresses";
import type { EmbeddedRelay } from "./embeddedRelay";
import type { LiveSettings } from "./liveSettings";
import { leaseAt } from "./ownRelay";
import type { RelayRoutes } from "./relayRoute";
import type { Whereabouts } from "./whereabouts";

export interface RelayCommandParts {
  readonly relay: EmbeddedRelay;
  readonly routes: Pick<RelayRoutes, "choose">;
  readonly settings: LiveSettings;
}

interface Held {
  /** `HOST:PORT`, as a receiver types it. */
  readonly address: string;
  readonly release: () => Promise<void>;
}

/** The user's own hand on the window's relay: it then also runs while nothing is sent. */
export class RelayCommands {
  #held: Held | undefined;
  #starting: Promise<Held | undefined> | undefined;
  /** Settles when the last relay that was started by hand listens, or cannot. */
  #listening: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: RelayCommandParts) {}

  /** Starts it, or says where it is. @throws E_CANNOT_LISTEN when it cannot listen there */
  async start(): Promise<void> {
    const { texts } = this.parts.settings;
    const held = this.#held ?? (await this.#startOnce());
    if (held === undefined) return;
    const { address } = held;
    const copy = texts.say("copyAddress");
    const message = texts.say("relayRunning", { address });
    if ((await window.showInformationMessage(message, copy)) === copy)
      await env.clipboard.writeText(address);
  }

  /** Stops it; asks first when a transfer runs through it. */
  async stop(): Promise<void> {
    const { relay, settings } = this.parts;
    const { texts } = settings;
    // One that is about to listen is stopped like one that does.
    await this.#listening.catch(() => undefined);
    if (relay.leases === 0) return void window.showInformationMessage(texts.say("relayNotRunning"));
    const count = relay.leases - (this.#held === undefined ? 0 : 1);
    const stop = texts.say("stopRelay");
    const question = texts.say("stopRelayQuestion", { count });
    const asked = count > 0;
    if (asked && (await window.showWarningMessage(question, { modal: true }, stop)) !== stop)
      return;
    await relay.stop();
    void window.showInformationMessage(texts.say("relayStopped"));
  }

  /** Twice at once is once: a user may be asked for an address meanwhile. */
  async #startOnce(): Promise<Held | undefined> {
    this.#starting ??= this.#start();
    try {
      return await this.#starting;
    } finally {
      this.#starting = undefined;
    }
  }

  async #start(): Promise<Held | undefined> {
    const { routes, settings } = this.parts;
    const route = await routes.choose();
    if (route?.kind === "configured")
      void window.showInformationMessage(settings.texts.say("relayConfigured"));
    if (route?.kind !== "embedded") return undefined;
    const listening = this.#hold(route);
    this.#listening = listening;
    return listening;
  }

  async #hold(route: Whereabouts): Promise<Held> {
    const { port, stopped, release } = await leaseAt(this.parts.relay, route);
    const held = { address: new URL(relayUrl(route.announced, port)).host, release };
    this.#held = held;
    stopped.addEventListener("abort", () => {
      if (this.#held === held) this.#held = undefined;
      void release();
    });
    return held;
  }
}
