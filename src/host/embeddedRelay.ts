import { randomBytes } from "node:crypto";
import { SecureShareError } from "../core/errors";

/** A relay that listens, as the engine starts it. */
export interface ListeningRelay {
  readonly port: number;
  close(): Promise<void>;
}

/** `mayCreate` tells whether the holder of a claim may make rooms. */
export type StartRelay = (
  host: string,
  port: number,
  mayCreate: (claim: string | undefined) => boolean,
) => Promise<ListeningRelay>;

/** The right of one transfer to meet its receiver in the window's own relay. */
export interface RelayLease {
  readonly port: number;
  /** 16 random bytes in base64url. */
  readonly claim: string;
  /** Aborts when the user stops the relay under the transfer. */
  readonly stopped: AbortSignal;
  /** Safe to call twice. */
  readonly release: () => Promise<void>;
}

interface Running {
  readonly host: string;
  /** What was asked for; 0 is any free one. */
  readonly port: number;
  readonly relay: Promise<ListeningRelay>;
  readonly claims: Set<string>;
  readonly stopping: AbortController;
  /** Once it listens. */
  bound?: number;
}

/**
 * The window's own relay: it runs on an address while a transfer holds a lease of it. Another
 * address does not disturb those that still wait on the first.
 */
export class EmbeddedRelay {
  readonly #running = new Set<Running>();

  constructor(
    private readonly start: StartRelay,
    private readonly changed: () => void,
  ) {}

  /** How many transfers need it; 0 when it does not run. */
  get leases(): number {
    return [...this.#running].reduce((sum, { claims }) => sum + claims.size, 0);
  }

  /** Where it listens at present: address and port of each. */
  get listening(): readonly { readonly host: string; readonly port: number }[] {
    return [...this.#running].flatMap(({ host, bound }) =>
      bound === undefined ? [] : [{ host, port: bound }],
    );
  }

  /**
   * Starts the relay on `host` unless it listens there already; port 0 is any one.
   * @throws E_CANNOT_LISTEN when it cannot listen there
   */
  async lease(host: string, port: number): Promise<RelayLease> {
    const running =
      this.#asked(host, port) ??
      (await this.#bound(host, port)) ??
      // Somebody else may have come in between.
      this.#asked(host, port) ??
      this.#run(host, port);
    const claim = randomBytes(16).toString("base64url");
    running.claims.add(claim);
    this.changed();
    const release = () => this.#release(running, claim);
    const stopped = running.stopping.signal;
    try {
      const { port } = await running.relay;
      running.bound = port;
      this.changed();
      return { port, claim, stopped, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Ends the relay and with it what still runs through it. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((running) => this.#close(running)));
  }

  #asked(host: string, port: number): Running | undefined {
    const here = [...this.#running].filter((running) => running.host === host);
    return here.find((running) => port === 0 || running.port === port);
  }

  /** One that got this port by chance. */
  async #bound(host: string, port: number): Promise<Running | undefined> {
    for (const running of this.#running) {
      const bound = await running.relay.catch(() => undefined);
      const fits = running.host === host && bound?.port === port;
      if (fits && this.#running.has(running)) return running;
    }
    return undefined;
  }

  #run(host: string, port: number): Running {
    const claims = new Set<string>();
    const mayCreate = (claim: string | undefined) => claim !== undefined && claims.has(claim);
    const relay = this.start(host, port, mayCreate);
    const running: Running = { host, port, claims, relay, stopping: new AbortController() };
    this.#running.add(running);
    return running;
  }

  async #release(running: Running, claim: string): Promise<void> {
    running.claims.delete(claim);
    this.changed();
    if (running.claims.size === 0 && this.#running.has(running)) await this.#close(running);
  }

  async #close(running: Running): Promise<void> {
    this.#running.delete(running);
    this.changed();
    running.stopping.abort(new SecureShareError("E_CANCELLED", { by: "us" }));
    const relay = await running.relay.catch(() => undefined);
    await relay?.close();
  }
}
