import { relayUrl } from "../node/networkAddresses";
import type { EmbeddedRelay, RelayLease } from "./embeddedRelay";
import type { RelayRoutes } from "./relayRoute";
import type { Whereabouts } from "./whereabouts";

/**
 * A sender's hold on the window's own relay: on the address where the receiver knows it, as
 * long as that can be had, else on the one that this computer has now.
 */
export class OwnRelay {
  readonly #leases: RelayLease[];
  #where: Whereabouts;
  #released = false;

  private constructor(
    private readonly relay: EmbeddedRelay,
    private readonly routes: Pick<RelayRoutes, "today">,
    where: Whereabouts,
    private readonly first: RelayLease,
  ) {
    this.#where = { ...where, port: first.port };
    this.#leases = [first];
  }

  /** @throws E_CANNOT_LISTEN when it can listen nowhere */
  static async open(
    relay: EmbeddedRelay,
    routes: Pick<RelayRoutes, "today">,
    wanted: Whereabouts,
  ): Promise<OwnRelay> {
    const today = routes.today(wanted) ?? wanted;
    return new OwnRelay(relay, routes, today, await leaseAt(relay, today));
  }

  get where(): Whereabouts {
    return this.#where;
  }
  get url(): string {
    return relayUrl(this.#where.announced, this.#where.port);
  }
  get claim(): string {
    return this.first.claim;
  }
  /** Aborts when the user stops the relay. */
  get stopped(): AbortSignal {
    return this.first.stopped;
  }

  /**
   * Listens at this computer's address of today as well, where that is another one.
   * @returns whether it is
   */
  async follow(): Promise<boolean> {
    const today = this.routes.today(this.#where);
    if (today === undefined) return false;
    const lease = await leaseAt(this.relay, today);
    if (this.#released) {
      await lease.release();
      return false;
    }
    this.#leases.push(lease);
    this.#where = { ...today, port: lease.port };
    return true;
  }

  async release(): Promise<void> {
    this.#released = true;
    await Promise.all(this.#leases.map(({ release }) => release()));
  }
}

/** A port that somebody else has (another window's relay) leaves us any free one. */
export async function leaseAt(
  relay: EmbeddedRelay,
  { bind, port }: Pick<Whereabouts, "bind" | "port">,
): Promise<RelayLease> {
  try {
    return await relay.lease(bind, port);
  } catch (error) {
    if (port === 0) throw error;
    return relay.lease(bind, 0);
  }
}
