import assert from "node:assert/strict";
import { connectFailure } from "../../../src/node/connectFailure";

const DIRECT = { relay: "wss://r", proxied: false, tunnelled: false };
const REFUSED = { ...DIRECT, proxied: true };
const TUNNELLED = { ...REFUSED, tunnelled: true };

const coded = (code: string) => Object.assign(new Error("some words"), { code });
const answered = (status: number) => new Error(`Unexpected server response: ${status}`);

describe("a connection that does not come about", () => {
  const cases = [
    ["nobody listens", coded("ECONNREFUSED"), DIRECT, "E_RELAY_UNREACHABLE", "ECONNREFUSED"],
    ["an unknown name", coded("ENOTFOUND"), DIRECT, "E_RELAY_UNREACHABLE", "ENOTFOUND"],
    ["another kind of server", answered(404), DIRECT, "E_RELAY_UNREACHABLE", "HTTP 404"],
    ["the same behind a proxy", answered(502), TUNNELLED, "E_RELAY_UNREACHABLE", "HTTP 502"],
    [
      "a relay that hangs up in the tunnel",
      coded("ECONNRESET"),
      TUNNELLED,
      "E_RELAY_UNREACHABLE",
      "ECONNRESET",
    ],
    ["a proxy that refuses", answered(403), REFUSED, "E_PROXY", "HTTP 403"],
    ["a proxy that is not there", coded("ECONNREFUSED"), REFUSED, "E_PROXY", "ECONNREFUSED"],
    [
      "the same in VS Code",
      new Error("Failed to establish a socket connection to proxies: PROXY a:s3cret@p"),
      DIRECT,
      "E_PROXY",
      "no answer",
    ],
    ["a proxy that asks who one is", answered(407), REFUSED, "E_PROXY_LOGIN", undefined],
    [
      "an authority of somebody's own",
      coded("SELF_SIGNED_CERT_IN_CHAIN"),
      DIRECT,
      "E_CERTIFICATE",
      "SELF_SIGNED_CERT_IN_CHAIN",
    ],
    [
      "the same through a proxy",
      coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
      TUNNELLED,
      "E_CERTIFICATE_REPLACED",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "an old certificate through a proxy",
      coded("CERT_HAS_EXPIRED"),
      TUNNELLED,
      "E_CERTIFICATE",
      "CERT_HAS_EXPIRED",
    ],
    [
      "somebody else's certificate",
      coded("ERR_TLS_CERT_ALTNAME_INVALID"),
      DIRECT,
      "E_CERTIFICATE",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
  ] as const;

  for (const [what, error, attempt, code, reason] of cases)
    it(`is told by its own error: ${what}`, () => {
      const { failure } = connectFailure(error, attempt);
      assert.equal(failure.code, code);
      assert.deepEqual(
        failure.details,
        reason === undefined ? { relay: "wss://r" } : { relay: "wss://r", reason },
      );
      assert.doesNotMatch(JSON.stringify(failure), /s3cret/);
    });
});
