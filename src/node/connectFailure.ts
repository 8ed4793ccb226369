/** What it means when no WebSocket to a relay comes about. Pure. */
import { SecureShareError } from "../core/errors";

/** What is known of an attempt by the time that it fails. */
export interface Attempt {
  /** The relay's origin. */
  readonly relay: string;
  /** Whether a proxy stands in between. */
  readonly proxied: boolean;
  /** Whether that proxy let us through to the relay. */
  readonly tunnelled: boolean;
}

/** OpenSSL's words for a certificate that leads to no authority that this computer trusts. */
const UNTRUSTED =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT(?:_LOCALLY)?|VERIFY_LEAF_SIGNATURE)|CERT_UNTRUSTED)$/;
/** Those for one that is not the relay's, not valid today, or withdrawn. */
const INVALID =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|CERT_(?:HAS_EXPIRED|NOT_YET_VALID|REVOKED|REJECTED|CHAIN_TOO_LONG)|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH)$/;
/** VS Code's agent, of a proxy that does not answer. What follows may hold a password. */
const NO_PROXY = /^Failed to establish a socket connection to proxies/;

/**
 * The error for the user, with a reason that a user can do something with (`ECONNREFUSED`,
 * `HTTP 502`, …) and nothing secret: messages may hold a proxy's password.
 */
export function connectFailure(error: Error, attempt: Attempt): SecureShareError {
  const { relay, proxied, tunnelled } = attempt;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const status = /^Unexpected server response: (\d+)/.exec(error.message)?.[1];
  const reason = code ?? (status === undefined ? "no answer" : `HTTP ${status}`);
  if (code !== undefined && (UNTRUSTED.test(code) || INVALID.test(code))) {
    const replaced = proxied && UNTRUSTED.test(code);
    const kind = replaced ? "E_CERTIFICATE_REPLACED" : "E_CERTIFICATE";
    return new SecureShareError(kind, { relay, reason }, error);
  }
  if (status === "407") return new SecureShareError("E_PROXY_LOGIN", { relay }, error);
  if ((proxied && !tunnelled) || NO_PROXY.test(error.message))
    return new SecureShareError("E_PROXY", { relay, reason }, error);
  return new SecureShareError("E_RELAY_UNREACHABLE", { relay, reason }, error);
}
