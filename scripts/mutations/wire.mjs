import { mutationsOf } from "./mutation.mjs";

const HOSTILE = ["unit/core/session/hostilePeer"];
const PARSERS = ["unit/core/wire/parsers"];

export const wire = [
  ...mutationsOf(
    "src/core/wire/code.ts",
    ["unit/core/wire/code"],
    [
      [
        'if (!known || !fits) throw new SecureShareError("E_CODE_MISTYPED", {});',
        'if (!known) throw new SecureShareError("E_CODE_MISTYPED", {});',
      ],
      [
        "symbols.length === CODE_LENGTH && checkSymbol(eleven) === symbols[SECRET_END]",
        "symbols.length === CODE_LENGTH",
      ],
    ],
  ),
  ...mutationsOf("src/core/wire/code.ts", PARSERS, [
    ['typed.length <= 64 ? canonical(typed) : ""', "canonical(typed)"],
  ]),
  ...mutationsOf(
    "src/core/wire/code.ts",
    ["unit/core/vectors/ownVectors"],
    [["byte & 31", "byte & 15"]],
  ),
  ...mutationsOf(
    "src/core/wire/invitation.ts",
    ["unit/core/vectors/ownVectors", "unit/core/wire/parsers"],
    [
      [
        'if (address === undefined) throw new SecureShareError("E_USAGE", { reason: "relay-address" });',
      ],
      ['if (typed.length > INVITATION_MAX) throw new SecureShareError("E_CODE_MISTYPED", {});'],
      [
        "if (host === undefined || !HOST.test(host)) return undefined;",
        "if (host === undefined) return undefined;",
      ],
      ["if (!PATH.test(path)) return undefined;"],
      ["return isUrl(address) ? address : undefined;", "return address;"],
      [
        'if (port !== undefined && !host.endsWith("]") && (Number(port) < 1 || Number(port) > 65_535))\n    return undefined;',
      ],
    ],
  ),
  ...mutationsOf("src/core/wire/frames.ts", PARSERS, [
    ['if (frame[1] !== VERSION) return "version";'],
    [
      'return length === frame.length ? (type as FrameType) : "malformed";',
      "return type as FrameType;",
    ],
    [
      "frame.length >= RECORD_HEADER + RECORD_TAG && frame.length <= FRAME_MAX",
      "frame.length <= FRAME_MAX",
    ],
    [
      "frame.length >= RECORD_HEADER + RECORD_TAG && frame.length <= FRAME_MAX",
      "frame.length >= 26",
    ],
  ]),
  ...mutationsOf("src/core/wire/relayMessages.ts", PARSERS, [
    ["if (text.length > RELAY_TEXT_MAX) return undefined;"],
    ['v.strictObject({ type: v.literal("peer")', 'v.object({ type: v.literal("peer")'],
    ["return result.success ? result.output : undefined;", "return json as RelayMessage;"],
    ["v.pipe(v.number(), v.safeInteger(), v.minValue(0))", "v.number()"],
  ]),
  ...mutationsOf("src/core/wire/rooms.ts", PARSERS, [
    ["claims.length === 1 && CLAIM.test(claim)", "CLAIM.test(claim)"],
    ["claims.length === 1 && CLAIM.test(claim)", "claims.length === 1"],
    ["room !== undefined && roomKind(room) !== undefined", "room !== undefined"],
  ]),
  ...mutationsOf("src/core/session/control.ts", HOSTILE, [
    ["if (json.length > CONTROL_MAX) return undefined;"],
    ["return result.success ? result.output : undefined;", "return value as Control;"],
    ["fatal: true, ignoreBOM", "fatal: false, ignoreBOM"],
  ]),
  ...mutationsOf("src/core/session/control.ts", PARSERS, [
    [
      'v.strictObject({ t: v.literal("hello"), ...policy })',
      'v.object({ t: v.literal("hello"), ...policy })',
    ],
  ]),
  ...mutationsOf("src/core/session/plaintext.ts", HOSTILE, [
    [
      "if (frame === undefined) return undefined;",
      "if (frame === undefined) { at = end; continue; }",
    ],
  ]),
  ...mutationsOf("src/core/session/plaintext.ts", PARSERS, [
    ["if (end > plaintext.length) return undefined;"],
    ["controls > CONTROLS_MAX ||"],
    ["|| frames.length >= FRAMES_MAX"],
    ["|| (this.#full && kind !== Kind.pad)"],
    ["this.#full ? limit :"],
    [
      "return plaintext.subarray(at).every((byte) => byte === 0) ? frames : undefined;",
      "return frames;",
    ],
    ['body.length === 0 ? { kind: "ping" } : undefined', '{ kind: "ping" }'],
    ['body.length === 0 ? { kind: "done" } : undefined', '{ kind: "done" }'],
    [
      "if (body.length !== 5 || reason === undefined) return undefined;",
      "if (reason === undefined) return undefined;",
    ],
    ["if (body.length !== 44) return undefined;"],
    ["body.length === 12 ? readU64(body, 4)", "body.length >= 12 ? readU64(body, 4)"],
    ["body.length === 8 ? readU64(body, 0)", "body.length >= 8 ? readU64(body, 0)"],
    [
      "body.length === 1 ? oneOf(CancelReason, body[0]) : undefined",
      "oneOf(CancelReason, body[0])",
    ],
    [
      "body.length >= 12 ? readU64(body, 4) : undefined;\n  if (offset",
      "readU64(body, 4);\n  if (offset",
    ],
    ["body.length === 44 ? readU64(body, 4)", "body.length >= 44 ? readU64(body, 4)"],
    [
      "return undefined;\n  }\n}\n\nfunction readData",
      'return { kind: "pad" };\n  }\n}\n\nfunction readData',
    ],
  ]),
  ...mutationsOf(
    "src/core/wire/largeMessages.ts",
    ["unit/core/wire/largeMessages"],
    [
      ["else if (++message.pieces > this.o.pieces) this.#refuse();"],
      ["const few = ++message.frames <= this.o.frames;", "const few = true;"],
      ["few && message.have + length <= this.o.max &&", "few &&"],
      ["<= this.o.max && this.#hasMask(head);\n    if ((first", "<= this.o.max;\n    if ((first"],
      ["if ((first & ~FIN) === Opcode.continuation && fits)", "if (fits)"],
      ["!this.#fragmented && length <= this.o.max", "length <= this.o.max"],
      ["!this.#fragmented && length <= this.o.max", "!this.#fragmented"],
      ["<= this.o.max && this.#hasMask(head);\n    if (large", "<= this.o.max;\n    if (large"],
      ["if (large && fits && this.#isWanted()) {", "if (large && fits) {"],
      ["(first === FIN_BINARY && length >= LARGE)", "first === FIN_BINARY"],
      ['if (length > this.o.max) this.#state = { at: "broken" };\n    else if', "if"],
      ['this.#state = { at: "refused" };'],
    ],
  ),
];
