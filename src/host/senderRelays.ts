import { toSecureShareError } from "../core/errors";
import type { SendOptions } from "../core/session/transfer";
import { relayUrl } from "../node/networkAddresses";
import type { Transfer } from "../presenter/transfer";
import type { EmbeddedRelay } from "./embeddedRelay";
import type { Forwarding } from "./forwarding";
import type { KeptTransfer } from "./keptTransfer";
import { OwnRelay } from "./ownRelay";
import type { RelayRoute, RelayRoutes } from "./relayRoute";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import type { Whereabouts } from "./whereabouts";

/** How often a lost connection makes us look for a new address of this computer. */
const LOOK_MS = 5_000;

export interface SenderRelaysParts {
  readonly relay: EmbeddedRelay;
  readonly routes: Pick<RelayRoutes, "today">;
  readonly transfers: Pick<TransferList, "onDidChange">;
  readonly log: Pick<TransferLog, "fault">;
  readonly forwarding: Pick<Forwarding, "forward">;
}

type Relays = Pick<SendOptions, "relays" | "claim">;

/** What a sender needs of relays while its session runs. */
export interface Passage {
  readonly transfer: Transfer;
  readonly kept: Pick<KeptTransfer, "note" | "update"> | undefined;
  readonly route: RelayRoute;
  readonly signal: AbortSignal;
}

export class SenderRelays {
  constructor(private readonly parts: SenderRelaysParts) {}

  /**
   * Holds the window's relay while `send` runs, where the route leads through it, and tells the
   * user when it is no longer where the receiver looks for it.
   */
  async through<T>(
    { transfer, kept, route, signal }: Passage,
    send: (relays: Relays, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (route.kind === "configured") return send({ relays: route.relays }, signal);
    const { relay, routes } = this.parts;
    const own = await OwnRelay.open(relay, routes, route);
    const known = this.#known(kept?.note.relay);
    kept?.update({ relay: own.where });
    if (known !== undefined && known !== own.url) transfer.movedTo(own.url);
    if (known !== undefined) this.parts.forwarding.forward(transfer, own.url);
    const following = this.#follow(transfer, kept, own);
    try {
      const { url, claim, stopped } = own;
      return await send({ relays: [url], claim }, AbortSignal.any([signal, stopped]));
    } finally {
      following.dispose();
      await own.release();
    }
  }

  /** Where the receiver of an earlier window's transfer looks for us. */
  #known(before: Whereabouts | null | undefined): string | undefined {
    return before ? relayUrl(before.announced, before.port) : undefined;
  }

  #follow(transfer: Transfer, kept: Passage["kept"], own: OwnRelay) {
    let timer: NodeJS.Timeout | undefined;
    const look = async () => {
      try {
        if (!(await own.follow())) return;
        kept?.update({ relay: own.where });
        transfer.movedTo(own.url);
        this.parts.forwarding.forward(transfer, own.url);
      } catch (error) {
        this.parts.log.fault(toSecureShareError(error).code);
      }
    };
    const stop = () => clearInterval(timer);
    const listening = this.parts.transfers.onDidChange(({ transfer: changed, event }) => {
      if (changed !== transfer) return;
      if (event.kind === "step" && event.step === "reconnected") stop();
      if (event.kind !== "interrupted") return;
      stop();
      timer = setInterval(() => void look(), LOOK_MS);
      void look();
    });
    return {
      dispose: () => {
        stop();
        listening.dispose();
      },
    };
  }
}
