/** Transfers of the real command line, slow enough that something can happen in the middle. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { CliBench, CliProcess } from "../../support/cli";
import { FaultProxy } from "../../support/faults/faultProxy";

const BYTES = 3 * 1024 * 1024;
const BYTES_PER_SECOND = BYTES / 2;
const FILE = "data.bin";

interface TransferOptions {
  /** The sender's; the receiver has the same ones, unless `asks` says otherwise. */
  readonly relays: readonly string[];
  /** For both sides. */
  readonly env?: Readonly<Record<string, string>>;
  readonly asks?: Asks;
}

/** What the receiver's user types; `slow` is the room's relay, `relays` are all of them. */
export type Asks = (code: string, slow: string, relays: readonly string[]) => readonly string[];

/** `--relay` for each. */
export function relayFlags(relays: readonly string[]): string[] {
  return relays.flatMap((relay) => ["--relay", relay]);
}

const bareCode: Asks = (code, _, relays) => [code, ...relayFlags(relays)];

export class CliTransfer {
  private constructor(
    readonly sender: CliProcess,
    readonly receiver: CliProcess,
    private readonly network: FaultProxy,
    private readonly sha256: string,
    private readonly target: string,
  ) {}

  /** Sends a file of random bytes. The receiver has a slow network to the relay of the room. */
  static async begin(
    bench: CliBench,
    name: string,
    { relays, env = {}, asks = bareCode }: TransferOptions,
  ): Promise<CliTransfer> {
    await mkdir(bench.path(name));
    const content = randomBytes(BYTES);
    await writeFile(bench.path(name, FILE), content);
    const start = (side: string, args: readonly string[]) => {
      const home = { SECURESHARE_HOME: bench.path(name, side) };
      return bench.start([...args, "--yes", "--json"], { env: { ...home, ...env } });
    };
    const sender = start("sender", ["send", bench.path(name, FILE), ...relayFlags(relays)]);
    const { code, relay } = await sender.event("code");
    const { protocol, port } = new URL(relay);
    const network = await FaultProxy.open(Number(port));
    network.bytesPerSecond = BYTES_PER_SECOND;
    const slow = `${protocol}//127.0.0.1:${network.port}`;
    const known = relays.map((url) => (url === relay ? slow : url));
    const target = bench.path(name, "to");
    const receiver = start("receiver", ["receive", ...asks(code, slow, known), "--out", target]);
    const sha256 = createHash("sha256").update(content).digest("hex");
    return new CliTransfer(sender, receiver, network, sha256, target);
  }

  /** Half of the bytes have gone to the receiver; nobody has ended. */
  async halfWay(): Promise<void> {
    await this.network.reaches("down", BYTES / 2);
    assert.equal(this.receiver.child.exitCode, null);
  }

  get wasInterrupted(): boolean {
    return this.receiver.events.some(({ event }) => event === "interrupted");
  }

  /** Both sides end well, by one code, and the file is the one that was sent. */
  async completes(): Promise<void> {
    for (const side of [this.sender, this.receiver]) {
      const { exitCode, stdout, stderr } = await side.ended;
      assert.equal(exitCode, 0, stdout + stderr);
    }
    const codes = this.sender.events.filter(({ event }) => event === "code");
    assert.equal(codes.length, 1);
    const resumed = this.receiver.events.some(({ event }) => event === "resumed");
    assert.equal(resumed, this.wasInterrupted);
    const received = await readFile(`${this.target}/${FILE}`);
    assert.equal(createHash("sha256").update(received).digest("hex"), this.sha256);
  }

  async close(): Promise<void> {
    await this.network.close();
  }
}

/** Several at once, all of them in the middle. */
export async function severalHalfWay(begin: (name: string) => Promise<CliTransfer>, count = 4) {
  const names = Array.from({ length: count }, (_, n) => `transfer${n}`);
  const transfers = await Promise.all(names.map(begin));
  await Promise.all(transfers.map((transfer) => transfer.halfWay()));
  return transfers;
}
