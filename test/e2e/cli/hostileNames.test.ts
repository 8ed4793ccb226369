import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { OfferItem } from "../../../src/core/files/manifest";
import { sendTransfer } from "../../../src/core/session/transfer";
import { formatCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { buildCli, CliBench, type CliProcess, type Ended, failsWith } from "../../support/cli";
import { fileItem, manifestOf } from "../../support/fakeCli";
import { describeTree } from "../../support/tree";

describe("command line: names of a hostile sender", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let relay: string;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    relay = (await bench.relay()).url;
  });
  afterEach(() => bench.close());

  const hostileNames = [
    "../evil",
    "/abs",
    "x/../../evil",
    "a\u0000b",
    "a\nb",
    "\u202egnp.exe",
    "",
    "x//y",
    "x".repeat(300),
  ];
  for (const name of hostileNames)
    it(`refuses ${JSON.stringify(name).slice(0, 24)}`, async () => {
      const items = [fileItem("good", 3), fileItem(name, 3)];
      const received = await fromHostileSender(items, relay, (code) =>
        bench.start(["receive", code, "--relay", relay, "--json", "--out", "to", "--yes"]),
      );
      failsWith(received, "E_NAME_REFUSED");
      assert.equal(await readFile(bench.path("to/good"), "utf8"), "abc");
      assert.deepEqual((await describeTree(bench.path("to"))).length, 1);
      assert.ok(!existsSync(bench.path("evil")));
    });
});

/** A peer with our own core and a manifest that no scan would make. */
async function fromHostileSender(
  items: readonly OfferItem[],
  relay: string,
  receive: (code: string) => CliProcess,
): Promise<Ended> {
  const manifest = await manifestOf(items);
  const content = Buffer.from("abc");
  const source = {
    manifest,
    open: async () => {
      let sent = false;
      return {
        read: async (into: Uint8Array) => {
          if (sent) return 0;
          sent = true;
          into.set(content);
          return content.length;
        },
        verify: async () => {},
        close: async () => {},
      };
    },
  };
  let ended: Promise<Ended> | undefined;
  const sent = sendTransfer(
    { ...nodePorts(), source },
    {
      relays: [relay],
      verify: "compare",
      automated: true,
      codeLifetimeMs: 60_000,
      padding: true,
      keepForMs: 0,
    },
    {
      event: (event) => {
        if (event.kind === "code") ended = receive(formatCode(event.code)).ended;
      },
      verify: async () => ({ kind: "confirmed" }),
      changed: async () => false,
    },
    new AbortController().signal,
  );
  await sent.catch(() => {});
  return ended ?? Promise.reject(new Error("no code was drawn"));
}
