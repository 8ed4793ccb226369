/**
 * Two computers and a relay as real processes: each side has its state, its run-time folders
 * and its own network (a `FaultProxy`), and can be started again after whatever happened.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CliBench, type CliProcess, type Ended } from "../cli";
import { FaultProxy } from "./faultProxy";
import { emptyFolder, killHard } from "./faults";

export type SideName = "sender" | "receiver";
export const SIDES: readonly SideName[] = ["sender", "receiver"];

interface SceneOptions {
  /** For the relay's command line. */
  readonly relay?: readonly string[];
  readonly env?: Readonly<Partial<Record<SideName, Readonly<Record<string, string>>>>>;
}

/** A partial file or folder of ours, never a final name. */
const OURS = /(?:^|\/)\.secureshare-/;

export class Scene {
  readonly networks: Readonly<Record<SideName, FaultProxy>>;
  /** The program that runs on each side now, or ran there last. */
  readonly running: Partial<Record<SideName, CliProcess>> = {};
  /** As `begin` read it out. */
  code = "";

  private constructor(
    readonly bench: CliBench,
    public relay: CliProcess,
    readonly relayPort: number,
    sender: FaultProxy,
    receiver: FaultProxy,
    private readonly options: SceneOptions,
  ) {
    this.networks = { sender, receiver };
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const bench = await CliBench.open();
    const { process: relay, url } = await bench.relay(options.relay);
    const port = Number(new URL(url).port);
    const [sender, receiver] = [await FaultProxy.open(port), await FaultProxy.open(port)];
    const scene = new Scene(bench, relay, port, sender, receiver, options);
    await mkdir(bench.path("from"));
    for (const side of SIDES)
      for (const folder of ["tmp", "run"])
        await mkdir(bench.path(side, folder), { recursive: true });
    return scene;
  }

  path(...parts: string[]): string {
    return this.bench.path(...parts);
  }

  /** A command of this side, with `--json`. */
  start(side: SideName, args: readonly string[], stdin: "open" | "closed" = "closed"): CliProcess {
    const started = this.bench.start([...args, "--json"], {
      stdin,
      env: {
        SECURESHARE_HOME: this.path(side, "state"),
        TMPDIR: this.path(side, "tmp"),
        XDG_RUNTIME_DIR: this.path(side, "run"),
        ...this.options.env?.[side],
      },
    });
    this.running[side] = started;
    return started;
  }

  /** Begins to send `from` to `to`; settles once both have what they need to resume. */
  async begin(...more: string[]): Promise<Record<SideName, CliProcess>> {
    const sender = this.send(...more);
    const { code } = await sender.event("code");
    this.code = code;
    const receiver = this.receive(code, ...more);
    await Promise.all([sender.event("verify"), receiver.event("verify")]);
    return { sender, receiver };
  }

  send(...more: string[]): CliProcess {
    return this.start("sender", [
      "send",
      "from",
      "--relay",
      this.networks.sender.url,
      "--yes",
      ...more,
    ]);
  }

  receive(code: string, ...more: string[]): CliProcess {
    const relay = this.networks.receiver.url;
    return this.start("receiver", [
      "receive",
      code,
      "--relay",
      relay,
      "--out",
      "to",
      "--yes",
      ...more,
    ]);
  }

  resume(side: SideName, ...more: string[]): CliProcess {
    return this.start(side, ["resume", "--yes", "--out", "to", ...more]);
  }

  /** Ends a side as a power cut does, and waits until it is gone. */
  async kill(side: SideName): Promise<void> {
    const running = this.running[side];
    if (running === undefined) return;
    killHard(running.child);
    await running.ended;
  }

  /** It was killed when there was nothing left to do for it but to end. */
  async wasDone(side: SideName): Promise<boolean> {
    return (
      this.running[side]?.child.signalCode === "SIGKILL" && (await this.kept(side)).length === 0
    );
  }

  /** The relay is gone; another one comes at the same address with `restartRelay`. */
  async killRelay(): Promise<void> {
    killHard(this.relay.child);
    await this.relay.ended;
  }
  async restartRelay(): Promise<void> {
    this.relay = (await this.bench.relay(this.options.relay, this.relayPort)).process;
  }

  /** Every process is gone, and so is what lay in memory. */
  async reboot(): Promise<void> {
    await Promise.all([...SIDES.map((side) => this.kill(side)), this.killRelay()]);
    for (const side of SIDES)
      for (const folder of ["tmp", "run"]) await emptyFolder(this.path(side, folder));
  }

  /** Both sides end well, and everything is there, equal and once. */
  async completes(): Promise<void> {
    for (const side of SIDES)
      if (!(await this.wasDone(side))) succeeded(side, await this.running[side]?.ended);
    const [sent, received] = [await this.hashes("from"), await this.hashes("to")];
    assert.deepEqual(received, sent);
    assert.deepEqual(await this.kept("sender"), []);
    assert.deepEqual(await this.kept("receiver"), []);
    assert.deepEqual(await leftovers(this.path("to")), []);
  }

  /** What stands under a final name is whole, whenever one looks. */
  async nothingHalf(): Promise<void> {
    const sent = await this.hashes("from");
    for (const [name, hash] of await this.hashes("to")) assert.equal(hash, sent.get(name), name);
  }

  /** Ids of the transfers that a side remembers; what is half removed is none. */
  async kept(side: SideName): Promise<string[]> {
    const folder = this.path(side, "state", "transfers");
    if (!existsSync(folder)) return [];
    return (await readdir(folder)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  }

  /** SHA-256 of each file below a folder, by its name there; partial files do not count. */
  async hashes(folder: "from" | "to"): Promise<Map<string, string>> {
    const root = folder === "to" ? this.path("to", "from") : this.path("from");
    const found = new Map<string, string>();
    if (!existsSync(root)) return found;
    for (const name of (await readdir(root, { recursive: true })).sort())
      if (!OURS.test(name) && (await stat(join(root, name))).isFile())
        found.set(name, await hashOf(join(root, name)));
    return found;
  }

  async close(): Promise<void> {
    await this.bench.close();
    for (const side of SIDES) await this.networks[side].close();
  }
}

function succeeded(side: SideName, ended: Ended | undefined): void {
  assert.equal(ended?.exitCode, 0, `${side}: ${ended?.stdout.slice(-2000)}${ended?.stderr}`);
}

async function leftovers(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((name) => OURS.test(name));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
