/** Transfers of the real command line, slow enough that something can happen in the middle. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { CliBench, CliProcess } from "../../support/cli";
import { FaultProxy } from "../../support/faults/faultProxy";

const BYTES = 3 * 1024 * 1024;
const BYTES_PER_SECOND = BYTES / 2;
const FILE = "data.bin";

export class CliTransfer {
  private constructor(
    readonly sender: CliProcess,
    readonly receiver: CliProcess,
    private readonly network: FaultProxy,
    private readonly sha256: string,
    private readonly target: string,
  ) {}

  /**
   * Sends a file of random bytes over the relays; `env` for both sides. The receiver reaches
   * the first relay through a slow network.
   */
  static async begin(
    bench: CliBench,
    name: string,
    [first = "", ...others]: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CliTransfer> {
    await mkdir(bench.path(name));
    const content = randomBytes(BYTES);
    await writeFile(bench.path(name, FILE), content);
    const { protocol, port } = new URL(first);
    const network = await FaultProxy.open(Number(port));
    network.bytesPerSecond = BYTES_PER_SECOND;
    const start = (side: string, args: readonly string[], relays: readonly string[]) => {
      const relay = relays.flatMap((url) => ["--relay", url]);
      const home = { SECURESHARE_HOME: bench.path(name, side) };
      return bench.start([...args, ...relay, "--yes", "--json"], { env: { ...home, ...env } });
    };
    const sender = start("sender", ["send", bench.path(name, FILE)], [first, ...others]);
    const { code } = await sender.event("code");
    const target = bench.path(name, "to");
    const slow = `${protocol}//127.0.0.1:${network.port}`;
    const receiver = start("receiver", ["receive", code, "--out", target], [slow, ...others]);
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
