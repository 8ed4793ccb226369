/** Listening on an address, with a clear error when that is not possible. */
import type { AddressInfo, Server } from "node:net";
import { SecureShareError } from "../src/core/errors";

export interface Where {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

/** Connections that may wait to be accepted: a flood of them must not delay the others. */
const BACKLOG = 4_096;

/** `scheme://HOST:PORT`, an IPv6 address in brackets. */
export function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * The port that the server listens on from now on.
 * @throws E_CANNOT_LISTEN when it cannot
 */
export function listen(server: Server, where: Where, scheme: string): Promise<number> {
  const { host, port } = where;
  return new Promise((resolve, reject) => {
    // For good: later ones are of connections that could not be accepted (EPERM, ENOBUFS), and
    // an error that nobody listens for would end the process.
    server.on("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      const address = urlOf(scheme, host, port);
      reject(new SecureShareError("E_CANNOT_LISTEN", { address, reason }));
    });
    const bound = () => resolve((server.address() as AddressInfo).port);
    server.listen({ port, host, backlog: BACKLOG }, bound);
  });
}
