/** A relay in the test's own process, with whatever an operator could set. */
import { type RelayLimitOptions, resolveLimits } from "../../../relay/options";
import { NO_PROXIES, type TrustedProxies, trustedProxies } from "../../../relay/proxies";
import { type RelayServer, type ServerOptions, startServer } from "../../../relay/server";

export type TestServerOptions = Partial<Omit<ServerOptions, "limits" | "proxies">> & {
  readonly limits?: Partial<RelayLimitOptions>;
  readonly trusted?: readonly string[];
};

function proxiesOf(trusted: readonly string[]): TrustedProxies {
  const result = trustedProxies(trusted);
  return "proxies" in result ? result.proxies : NO_PROXIES;
}

export function startTestServer(options: TestServerOptions = {}): Promise<RelayServer> {
  const { limits, trusted = [], ...others } = options;
  return startServer({
    host: "127.0.0.1",
    port: 0,
    origins: new Set(),
    log: () => undefined,
    logAddresses: false,
    mayCreate: () => true,
    ...others,
    limits: resolveLimits(limits),
    proxies: proxiesOf(trusted),
  });
}

/** A resume room of its own for every number. */
export function resumeRoom(n: number): string {
  return n.toString(16).padStart(32, "0");
}
