import { mutationsOf } from "./mutation.mjs";

const ATTACKS = ["unit/core/session/attacks"];
const HOSTILE = ["unit/core/session/hostilePeer"];
const WHOLE_ITEMS = ["unit/core/session/wholeItems"];
const TRANSFER = ["unit/core/session/transfer"];
const RECONNECT = ["unit/core/session/reconnect"];
const RESTART = ["unit/core/session/restart"];
const REFUSALS = [
  "unit/core/session/refusals",
  "unit/core/session/senderRefusals",
  "unit/core/session/receiverRefusals",
  "unit/core/session/comingBack",
];
const RECHECK = ["unit/core/session/recheck"];
const WIPED = ["unit/core/session/wiped"];

export const session = [
  ...mutationsOf(
    "src/core/session/record.ts",
    ["unit/core/session/record"],
    [
      ["readU64(frame, 2) === direction.seq", "true"],
      [
        "if (this.#broken || !next || length > out.length) return this.#refuse();",
        "if (!next || length > out.length) return this.#refuse();",
      ],
      [
        "if (!(await direction.key.open(direction.nonce, aad, sealed, plaintext))) return this.#refuse();",
        "await direction.key.open(direction.nonce, aad, sealed, plaintext);",
      ],
      ["length >= 0 &&"],
      ["this.#secret = rekeyed(this.#secret);"],
      ["wipe(key, prefix);"],
      ["this.#key.wipe();\n    this.#secret", "this.#secret"],
    ],
  ),
  ...mutationsOf(
    "src/core/session/record.ts",
    ["unit/core/wire/parsers"],
    [
      ["return Number.isSafeInteger(value) ? value : undefined;", "return value;"],
      ["frame.length <= FRAME_MAX &&"],
      ["!next || length > out.length", "!next"],
    ],
  ),
  ...mutationsOf(
    "src/core/session/pause.ts",
    ["unit/core/session/pause"],
    [["if (!this.#announced) return;"]],
  ),
  ...mutationsOf("src/core/session/pairing.ts", ATTACKS, [
    ["const GUESSES = 3;", "const GUESSES = 4;"],
    ["const guessesLeft = pairing.guessesLeft - 1;", "const guessesLeft = pairing.guessesLeft;"],
  ]),
  ...mutationsOf(
    "src/core/session/pairing.ts",
    ["unit/core/session/pairing"],
    [
      ["next.hellos > FREE_HELLOS", "false"],
      ['type === FrameType.hello && state.phase !== "alone"', "type === FrameType.hello"],
      ['if (pairing.state.phase === "answered") pairing.state.handshake.wipe();'],
      [
        'if (type === "version") return rejoin(pairing, "version", abortFrame(AbortReason.version));',
      ],
    ],
  ),
  ...mutationsOf("src/core/session/meetReceiver.ts", ATTACKS, [
    ['throw new SecureShareError("E_CODE_EXPIRED", { minutes });'],
    ['if (action.guessesLeft === 0) throw new SecureShareError("E_CODE_USED_UP", {});'],
  ]),
  ...mutationsOf(
    "src/core/session/meetReceiver.ts",
    ["unit/core/session/pairing"],
    [
      ["if (wait > 0) await clock.sleep(wait, signal);"],
      ["if (this.#rejoins++ > 0) await clock.sleep(wait, signal);"],
      [
        'return this.#pairedAt + (phase === "paired" ? HELLO_TIMEOUT : HANDSHAKE_TIMEOUT);',
        "return Infinity;",
      ],
      [
        "await this.keep(action.secrets, this.#room.relay);\n        await this.#send(action.m3);",
        "await this.#send(action.m3);\n        await this.keep(action.secrets, this.#room.relay);",
      ],
    ],
  ),
  ...mutationsOf("src/core/session/meetReceiver.ts", REFUSALS, [
    ["throw failure;", "return { room: undefined as never, code: undefined as never };"],
    [
      'if (toSecureShareError(error).code !== "E_ROOM_OCCUPIED" || draw === DRAWS) throw error;',
      'if (toSecureShareError(error).code !== "E_ROOM_OCCUPIED") throw error;',
    ],
    ["this.#room.close();\n      throw error;", "throw error;"],
  ]),
  ...mutationsOf("src/core/session/meetReceiver.ts", WIPED, [
    ["wipe(this.#credentials.prs);"],
    ['if (this.#pairing.state.phase === "answered") this.#pairing.state.handshake.wipe();'],
  ]),
  ...mutationsOf("src/core/session/meetSender.ts", ATTACKS, [
    ['throw new SecureShareError("E_CODE_ATTEMPTS", {});'],
  ]),
  ...mutationsOf("src/core/session/meetSender.ts", REFUSALS, [
    ["room.close();\n    throw error;", "throw error;"],
    ["throw failure;", "return undefined as never;"],
    [
      'if (event?.kind !== "peer" || event.state !== "joined")\n    throw',
      'if (event?.kind !== "peer" || event.state !== "joined")\n    void',
    ],
  ]),
  ...mutationsOf("src/core/session/meetSender.ts", WIPED, [
    ["wipe(credentials.prs);"],
    ["handshake.wipe();"],
  ]),
  ...mutationsOf("src/core/session/exchange.ts", REFUSALS, [
    ['if (typeof m2 === "string") throw new SecureShareError("E_HANDSHAKE", {});'],
    ['if (typeof secrets === "string") throw new SecureShareError("E_HANDSHAKE", {});'],
    ["if (event === undefined) throw this.#lost(", "if (event === undefined) void this.#lost("],
    ['"closed") throw this.#lost(', '"closed") void this.#lost('],
    ['"peer") throw this.#lost(', '"peer") void this.#lost('],
    ['if (got === "version" || version) throw new SecureShareError("E_VERSION", {});'],
    ["throw this.#spent ?", "return event.frame; void this.#spent ?"],
    ['throw this.#lost("connection-lost");'],
    [
      "await this.beforeM2();\n    this.#spent = true;\n    await this.#send(m2);",
      "await this.#send(m2);\n    await this.beforeM2();\n    this.#spent = true;",
    ],
    ['if (this.#spent) return new SecureShareError("E_CODE_WRONG", {});'],
  ]),
  ...mutationsOf("src/core/session/room.ts", REFUSALS, [
    ['if (first.kind === "closed") throw refusal(relay, first.close.code);'],
    ['if (message?.type === "error") throw refusal(relay, message.code);'],
    ['if (message?.type !== "hello") throw new SecureShareError("E_RELAY_PROTOCOL", { relay });'],
    ["socket.close();\n      throw error;", "throw error;"],
    ["if (word === undefined) return this.#misbehaves();", "if (word === undefined) continue;"],
  ]),
  ...mutationsOf("src/core/session/channel.ts", REFUSALS, [
    ["if (this.#closed) throw", "if (this.#closed) void"],
    ['throw interrupted("connection-lost");'],
    ['"closed") throw interrupted(', '"closed") void interrupted('],
    ['"peer") throw interrupted(', '"peer") void interrupted('],
    [
      'if (plaintext === undefined) throw new SecureShareError("E_TAMPERED", {});',
      "if (plaintext === undefined) return new Uint8Array(0);",
    ],
  ]),
  ...mutationsOf("src/core/session/record.ts", WIPED, [["wipe(this.#secret, this.nonce);"]]),
  ...mutationsOf("src/core/session/channel.ts", WIPED, [
    ["this.#sealer.wipe();"],
    ["this.#opener.wipe();"],
    ["wipeSecrets(secrets);"],
  ]),
  ...mutationsOf("src/core/session/gate.ts", TRANSFER, [
    ["if (!(await ask({ digits, peer, mode }))) throw rejected();"],
    ["    return false;\n  });", "    return true;\n  });"],
    [
      'question.mode === "type" ? typed : answer.kind === "confirmed"',
      'typed || answer.kind === "confirmed"',
    ],
    ["const TYPINGS = 3;", "const TYPINGS = 4;"],
    [
      'if (question.mode === "compare" || answer.kind === "rejected") return false;',
      'if (question.mode === "compare") return false;',
    ],
  ]),
  ...mutationsOf("src/core/session/credit.ts", HOSTILE, [
    [
      'if (total < this.#granted)\n      throw new SecureShareError("E_PROTOCOL", { reason: "credit shrank" });',
    ],
  ]),
  ...mutationsOf("src/core/session/bufferPool.ts", HOSTILE, [
    ["if (this.#made < BUFFERS) {", "if (this.#made < 1000) {"],
  ]),
  ...mutationsOf("src/core/session/sendEpoch.ts", HOSTILE, [
    ["if (ready === undefined)\n      throw", "if (ready === undefined)\n      void"],
    ['else if (!this.transfer.offered) throw violation("stage");'],
    ["throw violation(frame.kind);"],
    [
      'if (accepted === undefined || accepted.count === 0) throw violation("accepted runs");',
      "if (accepted === undefined) return;",
    ],
    [
      'if (this.#phase !== "streaming" || ++this.#segmentsOpen > 2) throw violation("SEGMENTS");',
      "++this.#segmentsOpen;",
    ],
    ['throw violation("CONTROL");'],
    ['if (this.#phase !== "streaming") throw violation("DONE too early");'],
  ]),
  ...mutationsOf("src/core/session/sendEpoch.ts", REFUSALS, [
    ['if (frames === undefined) throw violation("frame");', "if (frames === undefined) continue;"],
    ["if (turn !== undefined) await turn;"],
    ['if (this.#runs.length > length) throw violation("accepted runs");'],
    ["throw cancelled(frame.reason);", "return;"],
    [
      'if (this.#failed > 0) throw new SecureShareError("E_NOT_ALL_WRITTEN", { failed: this.#failed });',
    ],
    ['if (this.#phase !== "done") throw error;'],
    [
      'if (this.transfer.accepted !== undefined && !sameSet(this.transfer.accepted, accepted))\n      throw violation("accepted runs");',
    ],
    ["++this.#segmentsOpen > 2", "false"],
  ]),
  ...mutationsOf(
    "src/core/session/segments.ts",
    ["unit/core/session/segments"],
    [
      [
        'if (item !== next.item || index !== next.index || !this.accepted.has(item))\n      throw violation("SEGMENTS");',
      ],
      [
        'if (length === 0 || length > SEGMENT || index * SEGMENT + length > this.#sent(item, offered))\n      throw violation("SEGMENTS");',
      ],
      ["if (!isOfSource(error)) throw error;"],
      ["index !== next.index ||"],
      ["item !== next.item ||"],
      ["|| !this.accepted.has(item)"],
      ["length === 0 ||"],
      ["length > SEGMENT ||"],
      ["|| index * SEGMENT + length > this.#sent(item, offered)"],
      ["return item < this.from.item ? size : 0;", "return size;"],
      ["digest: NO_DIGEST", "digest: theirs"],
      ["if (!equalConstantTime(ours, theirs))", "if (false)"],
      ["await reader.verify();"],
    ],
  ),
  ...mutationsOf("src/core/session/recheck.ts", RECHECK, [
    ['if (pending === undefined) throw violation("REPAIR");'],
    [
      'if (offset !== at || bytes.length === 0 || offset + bytes.length > end)\n      throw violation("REPAIR");',
    ],
    ["offset !== at ||"],
    ["bytes.length === 0 ||"],
    ["|| offset + bytes.length > end"],
    ['if (pending?.index !== index || pending.length !== length) throw violation("SEGMENTS");'],
    [
      'if (pending.repaired !== end - start || !equalConstantTime(theirs, second.digest))\n      throw new SecureShareError("E_INTEGRITY", { path: this.path });',
    ],
    ["|| !equalConstantTime(theirs, second.digest)"],
    ['if (length === 0) throw new SecureShareError("E_INTEGRITY", { path: this.path });'],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", REFUSALS, [
    ["if (turn !== undefined) await turn;"],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", HOSTILE, [
    ['if (frames === undefined) throw violation("frame");', "if (frames === undefined) continue;"],
    [
      'if (phase.phase !== "content") throw violation("content before acceptance");',
      'if (!("intake" in phase)) return { taken: 1, written: Promise.resolve() };',
    ],
    ['if (phase.phase !== "results") throw violation("DONE too early");'],
    ["throw violation(frame.kind);"],
    [
      'if (phase.phase !== "content" && phase.phase !== "changed" && phase.phase !== "results")\n      throw violation("segment");',
      'if (!("intake" in phase)) return Promise.resolve();',
    ],
    ['if (message.items.length === 0 || !message.items.every(isSound)) throw violation("item");'],
    ["message.items.length === 0 ||"],
    ['throw violation("offer");'],
    ["!alone ||"],
    ["message.items !== length ||"],
    ['throw violation("CONTROL");'],
    ['if (kind === "folder") return size === 0;', 'if (kind === "folder") return true;'],
    ['(path === "" && size <= TEXT_MAX)', '(path === "")'],
    ['(path === "" && size <= TEXT_MAX)', "size <= TEXT_MAX"],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", TRANSFER, [
    ["throw cancelled(frame.reason);", "break;"],
    ["await abortable(transfer.gate.pass(hello), scope);"],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", REFUSALS, [
    ["|| message.bytes !== totalBytes"],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", RECONNECT, [
    ["if (isDrop(error) && this.transfer.options.keepForMs > 0) throw error;"],
  ]),
  ...mutationsOf("src/core/session/intake.ts", HOSTILE, [
    [
      'throw violation("DATA outside its item");',
      "return { taken: 1, written: Promise.resolve() };",
    ],
    ["frame.offset === current.offset && frame.bytes.length > 0", "frame.bytes.length > 0"],
    [
      "frame.offset === current.offset && frame.bytes.length > 0",
      "frame.offset === current.offset",
    ],
    ["!fits || frame.bytes.length > current.item.size - current.offset", "!fits"],
    ['if (frame.size !== current.item.size) throw violation("size of ITEM_END");'],
    ['if (index !== this.#cursor) throw violation("item out of order");'],
    [
      'if (this.#recheck?.item !== item) throw violation("segment of another item");',
      "if (this.#recheck === undefined) return { verdict() {}, repair: async () => {} } as unknown as Recheck;",
    ],
  ]),
  ...mutationsOf("src/core/session/intake.ts", REFUSALS, [
    [
      "await this.#drain();\n    if (this.#fatal !== undefined) throw this.#fatal;",
      "await this.#drain();",
    ],
    ["if (this.#fatal !== undefined) return Promise.reject(this.#fatal);"],
    ["if (current.failure !== undefined && endsAll(current.failure)) throw current.failure;"],
    ["while (this.#unsettled >= SETTLING_MAX) await Promise.race(this.#settling);"],
  ]),
  ...mutationsOf("src/core/session/books.ts", REFUSALS, [
    ["if (error !== undefined && endsAll(error)) throw error;"],
  ]),
  ...mutationsOf("src/core/session/wholeItems.ts", WHOLE_ITEMS, [
    ["return equalConstantTime(hasher.digest(), sha256);", "return true;"],
    ["&& frame.item === index && frame.offset === 0", "&& frame.item === index"],
    ["whole && frame.bytes.length === size ?", "whole ?"],
    ["end.item !== index ||"],
    ["|| end.size !== item.size"],
  ]),
  ...mutationsOf("src/core/session/inbound.ts", HOSTILE, [
    ["!equalConstantTime(await this.digest.whole(), sha256)", "false"],
  ]),
  ...mutationsOf("src/core/session/inbound.ts", REFUSALS, [
    ["if (this.#offset !== this.item.size) this.#fail(this.#mismatch());"],
  ]),
  ...mutationsOf("src/core/session/content.ts", HOSTILE, [
    ['else if (index === from.item && from.offset > size) throw violation("cursor");'],
  ]),
  ...mutationsOf("src/core/session/content.ts", REFUSALS, [
    ['if (from.offset > 0 && !accepted.has(from.item)) throw violation("cursor");'],
  ]),
  ...mutationsOf("src/core/session/memory.ts", RESTART, [
    ['if (secrets === undefined) throw new SecureShareError("E_RESUME_LOST", {});'],
  ]),
  ...mutationsOf("src/core/session/epoch.ts", REFUSALS, [
    [
      "if (isDrop(error) && keepForMs > 0) return error;\n    throw error;",
      "return error as SecureShareError;",
    ],
  ]),
  ...mutationsOf("src/core/session/sender.ts", REFUSALS, [
    [
      "if (this.settled || !leavesResumable(error)) await this.#over(error);\n      throw error;",
      "throw error;",
    ],
  ]),
  ...mutationsOf("src/core/session/sender.ts", WIPED, [
    ["wipe(...waitingAt(this.#secrets), ...this.#superseded);"],
    ["this.#superseded.add(psk);", "continue;"],
    ["wipe(psk);\n    }\n  }\n\n  #meetAgain", "}\n  }\n\n  #meetAgain"],
  ]),
  ...mutationsOf("src/core/session/receiver.ts", REFUSALS, [
    ['if (items === undefined) throw new SecureShareError("E_RESUME_LOST", {});'],
    ['if (code === undefined) throw new SecureShareError("E_RESUME_LOST", {});'],
    ["await this.#stop(error);\n      throw error;", "throw error;"],
    ["if (failed !== undefined) throw failed.error;"],
  ]),
  ...mutationsOf("src/core/session/receiver.ts", RECONNECT, [
    ["if (quiet) return undefined;\n        throw error;", "return undefined;"],
    ["abandon(met);\n      throw error;", "throw error;"],
  ]),
  ...mutationsOf("src/core/session/receiver.ts", TRANSFER, [
    [
      'if (decision.kind === "declined" || decision.items.count === 0)\n      throw new SecureShareError("E_DECLINED", { by: "us" });',
      'if (decision.kind === "declined") return undefined as never;',
    ],
  ]),
  ...mutationsOf("src/core/session/receiver.ts", WIPED, [
    ["if (this.#psk !== undefined) wipe(this.#psk);"],
    ["if (old !== undefined) wipe(old);"],
  ]),
  ...mutationsOf(
    "src/core/session/ratchet.ts",
    ["unit/core/session/ratchet"],
    [
      [
        "same(used, secrets.candidate) ? secrets.candidate : secrets.confirmed",
        "secrets.confirmed",
      ],
      ["if (!same(epoch, secrets.candidate)) return secrets;"],
      ["[secrets.candidate, secrets.confirmed]", "[secrets.candidate]"],
    ],
  ),
  ...mutationsOf("src/core/session/sender.ts", RECONNECT, [
    ['throw proved ? error : new SecureShareError("E_HANDSHAKE", {}, error);', "throw error;"],
  ]),
  ...mutationsOf(
    "src/core/session/content.ts",
    ["unit/core/session/changes"],
    [
      [
        'throw new SecureShareError("E_INTERRUPTED", { reason: "item-anew" satisfies Cause });',
        "return;",
      ],
    ],
  ),
  ...mutationsOf(
    "src/core/session/changes.ts",
    ["unit/core/session/changes", "unit/core/session/hostilePeer"],
    [
      ["if (!(await abortable(pending.answer.promise, scope))) return false;"],
      ['if (this.#pending?.item !== item) throw violation("CONTROL");'],
      ["return given ? found : undefined;", "return found;"],
      ['if (index >= manifest.length) throw violation("changed item");'],
      ['|| !intake.awaits(index)) throw violation("changed item");', ') throw violation("");'],
      ["if (!(await this.#consent.to(about, question, scope))) return false;"],
      ['throw new SecureShareError("E_NO_SPACE", { needed, free });', "return true;"],
      ["if (intake.settledBefore(index)) return false;"],
      ["await intake.restart(index);"],
      ["if (this.#last?.about === about) return this.#last.given;"],
    ],
  ),
  ...mutationsOf("src/core/session/reunion.ts", RECONNECT, [
    ["stay !== ALONE && (stay !== undefined || !room.paired)", "stay !== ALONE"],
    [
      'throw new SecureShareError("E_INTERRUPTED", { reason: "peer-away"',
      'return undefined as never; void ({ a: "peer-away"',
    ],
  ]),
  ...mutationsOf("src/core/session/reunion.ts", REFUSALS, [
    [
      "await this.o.keep(this.o.psk, action.secrets);",
      "await room.send(action.m3);\n        await this.o.keep(this.o.psk, action.secrets);",
    ],
    ["await clock.sleep(reconnectDelay(n, clock.now() - start, this.#jitter()), signal);"],
  ]),
  ...mutationsOf("src/core/session/async.ts", TRANSFER, [
    ["throw failure;", "return undefined as never;"],
  ]),
  ...mutationsOf("src/core/session/transfer.ts", REFUSALS, [
    [
      'if (ports.source.manifest.length === 0) throw new SecureShareError("E_NOTHING_TO_SEND", {});',
    ],
  ]),
  ...mutationsOf("src/core/session/memory.ts", REFUSALS, [
    [
      "if (!head.success) return undefined;\n    const [digits, candidate, count] = head.output;",
      "const [digits, candidate, count] = json as [string, -1, 1];",
    ],
    ["if (bytes.length !== end + 1 + count * PSK) return undefined;"],
    ["if (bytes === undefined) return undefined;"],
  ]),
  ...mutationsOf("src/core/session/sendEpoch.ts", TRANSFER, [
    ["if (failed !== undefined) throw failed.error;"],
    ["await abortable(this.transfer.gate.pass(ready), scope);"],
  ]),
  ...mutationsOf("src/core/session/receiveEpoch.ts", HOSTILE, [
    ["if (hello === undefined)\n      throw", "if (hello === undefined)\n      void"],
  ]),
];
