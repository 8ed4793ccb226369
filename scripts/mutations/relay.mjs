import { mutationsOf } from "./mutation.mjs";

const ROOM = ["unit/relay/room"];
const RELAY = ["unit/relay/relay", "unit/relay/quotas", "unit/relay/limits"];
const SOCKETS = ["e2e/relay/hostile"];
const SETTINGS = ["unit/relay/limits"];

export const relay = [
  ...mutationsOf("relay/room.ts", ROOM, [
    [
      "if (known === undefined || offered === undefined) return false;",
      "if (known === undefined || offered === undefined) return known === offered;",
    ],
    ["return a.length === b.length && timingSafeEqual(a, b);", "return true;"],
    [
      ': { state, actions: [close(sender, CloseCode.occupied)] };\n    case "receiverWaits"',
      ': { state: waits, actions: [] };\n    case "receiverWaits"',
    ],
    [
      "? { state: waits, actions: [close(state.sender, CloseCode.replaced)] }",
      "? { state: waits, actions: [] }",
    ],
    [
      "? { state: waits, actions: [close(state.receiver, CloseCode.attemptEnded)] }\n        : { state, actions: [close(sender, CloseCode.occupied)] };",
      "? { state: waits, actions: [] } : { state, actions: [] };",
    ],
    ["if (!known) return { state, actions: [close(sender, CloseCode.occupied)] };"],
    [
      "close(state.sender, CloseCode.replaced),\n          close(state.receiver, CloseCode.attemptEnded),",
      "",
    ],
    ["actions: [replaced, close(state.sender, CloseCode.attemptEnded)],", "actions: [replaced],"],
    [
      "const replaced = close(state.receiver, CloseCode.replaced);",
      "const replaced = close(state.receiver, CloseCode.normal);",
    ],
    ["if (!known) return { state, actions: [close(receiver, CloseCode.occupied)] };"],
    ["? { state, actions: [close(receiver, CloseCode.unknownRoom)] }", "? { state, actions: [] }"],
    [
      "? { state: { ...state, receiver }, actions: [close(state.receiver, CloseCode.replaced)] }\n        : { state, actions: [close(receiver, CloseCode.occupied)] };",
      ": { state: { ...state, receiver }, actions: [] };".replace(
        ":",
        "? { state: { ...state, receiver }, actions: [] } :",
      ),
    ],
    [
      'const senderClaim = kind === "code" ? sender.claim : undefined;',
      "const senderClaim = undefined;",
    ],
  ]),
  ...mutationsOf(
    "relay/rooms.ts",
    [...SOCKETS, "e2e/relay/pairing"],
    [
      [
        "if (state.name === pairs && this.pairedRooms >= this.limits.sessions) return CloseCode.full;",
      ],
      ["if (isCode && !this.mayCreate(room, claim)) return CloseCode.notAllowed;"],
      ["return full ? CloseCode.full : undefined;", "return undefined;"],
      ["if (waitingFrom(address) >= waitingRoomsPerAddress) return true;"],
    ],
  ),
  ...mutationsOf(
    "relay/rooms.ts",
    ["unit/relay/relay"],
    [
      [
        "return waitingFrom(network) >= waitingRoomsPerAddress * addressesPerNetwork;",
        "return false;",
      ],
    ],
  ),
  ...mutationsOf("relay/member.ts", RELAY, [
    ["return this.allowance >= 0 ? undefined : CloseCode.badMessage;", "return undefined;"],
    ["if (now - this.aliveAt >= this.limits.idleMs) return CloseCode.idle;"],
    ["return waits ? CloseCode.waitedTooLong : undefined;", "return undefined;"],
    ["if (sessionBytes > 0 && this.quota.bytes > sessionBytes) return CloseCode.quota;"],
    ["if (!this.everPaired) this.allowance -= bytes;"],
    ["this.current !== undefined && this.awaitedMark === NO_MARK", "this.current !== undefined"],
    [
      "this.quota = peer.quota = this.quota.bytes > peer.quota.bytes ? this.quota : peer.quota;",
      "this.quota = peer.quota = { bytes: 0 };",
    ],
  ]),
  ...mutationsOf(
    "relay/outbox.ts",
    ["unit/relay/outbox", "unit/relay/relay"],
    [
      ["this.source?.pause();"],
      ["return FRAME_COST + frame.buffer.byteLength;", "return frame.length;"],
      [
        "while (this.inFlight < IN_FLIGHT_BYTES && this.framesInFlight < IN_FLIGHT_FRAMES) {",
        "while (true) {",
      ],
      ["this.clear();\n    this.source = source;", "this.source = source;"],
    ],
  ),
  ...mutationsOf("relay/relay.ts", SOCKETS, [
    ['if (admission === "flooding") return { kind: "flooding" };'],
    ['if (admission === "refused") return refuse(CloseCode.rateLimited);'],
    [
      "if (!isJoin) return refuse(CloseCode.badRequest);",
      'if (!isJoin) return { kind: "flooding" };',
    ],
    ["if (!isJoin || !this.rooms.isKnown(request.join)) {", "{"],
    ["this.admission.charge(address, this.limits.unknownRoomCost - 1);", "return;"],
    [
      "text: () => present(() => this.end(member, CloseCode.badMessage)),",
      "text: () => undefined,",
    ],
    [
      "if (!member.received(bytes)) return this.end(member, CloseCode.badMessage);",
      "member.received(bytes);",
    ],
  ]),
  ...mutationsOf("relay/relay.ts", RELAY, [
    ["return this.draining ? refuse(CloseCode.draining) : request;", "return request;"],
    ["if (member.peer === undefined) this.end(member, CloseCode.draining);\n      else", ""],
    ["if (code === CloseCode.quota && peer !== undefined) this.end(peer, code);"],
    ["this.end(member.peer, CloseCode.draining);"],
    ["if (wait === 0) return;", "return;"],
  ]),
  ...mutationsOf(
    "relay/relay.ts",
    ["e2e/relay/pairing"],
    [
      [
        "for (const member of this.members.values()) this.end(member, CloseCode.draining);\n  }",
        "}",
      ],
    ],
  ),
  ...mutationsOf("relay/upgrade.ts", SOCKETS, [
    [
      'if (parsed.kind === "elsewhere") return refuseUpgrade(socket, 404);',
      'if (parsed.kind === "elsewhere") return;',
    ],
    [
      'if (!originAllowed(origin, host, parts.origins, parts.open))\n      return refusePlainly(socket, "origin");',
    ],
    [
      'if (verdict.kind === "flooding") return refusePlainly(socket, "flooding");',
      'if (verdict.kind === "flooding") return;',
    ],
    ['refuseUpgrade(socket, reason === "origin" ? 403 : 429);', "refuseUpgrade(socket, 400);"],
    [
      'if (verdict.kind === "refuse") return relay.refuse(client, verdict.code, verdict.address);',
      'if (verdict.kind === "refuse") return;',
    ],
    ["maxPayload: FRAME_MAX,"],
    ["maxFragments: limits.fragments,"],
    ["maxBufferedChunks: limits.chunks,"],
    ["offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false", "[...offered].at(-1) ?? false"],
  ]),
  ...mutationsOf("relay/join.ts", SOCKETS, [["if (roles.length !== 1) return undefined;"]]),
  ...mutationsOf("relay/http.ts", SOCKETS, [
    [
      "headersTimeout: headerMs,\n    requestTimeout: headerMs,",
      "headersTimeout: 0,\n    requestTimeout: 0,",
    ],
    [
      'else refuseUpgrade(socket, error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400);',
      "else socket.destroy();",
    ],
    ["else if (slow) refuseUpgrade(socket, 408);", "else if (slow) return;"],
  ]),
  ...mutationsOf(
    "relay/http.ts",
    ["e2e/relay/tls"],
    [
      [
        'throw new SecureShareError("E_USAGE", { reason: `--cert and --key: ${reasonOf(error)}` });',
        "throw error;",
      ],
    ],
  ),
  ...mutationsOf("relay/http.ts", ["e2e/relay/accounting"], [["socket.resetAndDestroy();"]]),
  ...mutationsOf("relay/connection.ts", SOCKETS, [
    [
      'this.send(text({ type: "error", code: CloseCode.badMessage }));\n      super.close(CloseCode.badMessage);',
      "super.close(code, reason);",
    ],
    ["if (first) this.onEnding();"],
  ]),
  ...mutationsOf(
    "relay/proxies.ts",
    ["unit/relay/proxies"],
    [
      [
        "if (address === undefined || !trusted.includes(address)) return address;",
        "if (address === undefined) return address;",
      ],
      [".slice(-HOPS_MAX)"],
      ["if (next === undefined) return address;", "if (next === undefined) continue;"],
      ["if (isIP(address) === 0 || more.length > 0) return false;"],
      ["if (!(prefix <= longest)) return false;"],
    ],
  ),
  ...mutationsOf("relay/origin.ts", SETTINGS, [
    ["if (url === undefined) return false;\n  if (listed", "if (listed"],
    [
      "return (literal || names) && url.host === hostOf(host, url.protocol);",
      "return url.host === hostOf(host, url.protocol);",
    ],
    ["&& url.host === hostOf(host, url.protocol)"],
  ]),
  ...mutationsOf("relay/options.ts", SETTINGS, [
    ['if (limits.idleMs <= limits.pingMs) throw usage("idleMs must be more than pingMs");'],
    [
      "if (limits.bytesPerSecond > 0 && limits.bytesPerSecond < RATE_MIN)\n    throw usage(`bytesPerSecond must be 0 or at least ${RATE_MIN}`);",
    ],
    [
      "if (!Number.isSafeInteger(value) || value < min || value > max)\n    throw usage(`${name} must be a whole number from ${min} to ${max}`);",
    ],
  ]),
  ...mutationsOf("relay/settings.ts", SETTINGS, [
    ["throw usage(\n    `--${flag} must be", "return 1; usage(\n    `--${flag} must be"],
    [
      "throw usage(error instanceof Error ? error.message : String(error));",
      "return () => undefined;",
    ],
    [
      "throw usage(`--origins takes https://HOST[:PORT], not ${JSON.stringify(entry)}`);",
      "return entry;",
    ],
    [
      "throw usage(`--trusted-proxies takes addresses and ranges like 10.0.0.0/8, not ${wrong}`);",
      "return { includes: () => Boolean(wrong) };",
    ],
    [
      "throw usage(`${variable(flag)} must be 0 or 1",
      "void usage(`${variable(flag)} must be 0 or 1",
    ],
    [
      'if (cert === undefined || key === undefined) throw usage("--cert and --key go together");',
      "if (cert === undefined || key === undefined) return {};",
    ],
    ["throw usage(`--log-addresses takes none or truncated, not ${JSON.stringify(text)}`);"],
  ]),
];
