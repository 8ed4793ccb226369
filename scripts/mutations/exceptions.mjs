/**
 * What stands in the sources like a refusal and has no mutation, with the reason.
 * @type {readonly { file: string, text: string, why: string }[]}
 */
export const exceptions = [
  ...[
    "throw new RangeError(`no page ${n}`)",
    "if (page === undefined) throw new RangeError(`no item ${index}`)",
    "if (item === undefined) throw new RangeError(`no item ${index}`)",
  ].map((text) => ({
    file: "src/core/files/manifest.ts",
    text,
    why: "a mistake of ours: item numbers are checked where they come in",
  })),
  {
    file: "src/core/session/channel.ts",
    text: 'if (classifyFrame(event.frame) !== FrameType.record)\n      throw new SecureShareError("E_TAMPERED", {});',
    why: "said twice: the type is authenticated, so the opener refuses such a frame as well",
  },
  {
    file: "src/core/session/plaintext.ts",
    text: 'throw new RangeError("DATA does not fit")',
    why: "a mistake of ours: the space was asked for before",
  },
  {
    file: "src/core/session/paddedStream.ts",
    text: 'throw new RangeError("frame longer than a record")',
    why: "a mistake of ours: pages are made to fit",
  },
  {
    file: "src/core/session/content.ts",
    text: 'throw new RangeError("content outgrew its records")',
    why: "a mistake of ours: the plan of records is tested by itself (padding.test.ts)",
  },
  {
    file: "src/core/session/receiver.ts",
    text: 'throw new SecureShareError("E_INTERNAL", { reason: "no content" })',
    why: "a mistake of ours: nothing sums up a transfer that has no content",
  },
  {
    file: "src/core/session/sendEpoch.ts",
    text: "if (this.#segmentFailure !== undefined) throw this.#segmentFailure;",
    why: "said twice: the same failure ends the wait for DONE; this ends the epoch sooner",
  },
  {
    file: "src/core/session/receiver.ts",
    text: "throw drop;",
    why: "cannot happen: a connection that was lost had a secret",
  },
];
