/** The extension in a real extension host under attack, and what must be true of it afterwards. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { TransferView } from "../../../src/bridge/state";
import type { ErrorCode } from "../../../src/core/errors";
import { makeTree } from "../tree";
import { HostDriver, type Role } from "./hostDriver";
import { type Behaviour, HostileRelay } from "./relay";
import { HELD_MS, SENT } from "./victim";

/** By how much an attack may raise the extension host, which others share. */
const GROWN_MIB = 100;

export class HostVictim {
  readonly #answered = new Set<string>();

  private constructor(
    /** Where it sends from and receives to. */
    readonly root: string,
    readonly driver: HostDriver,
    /** The relay of its settings, for all attacks one after the other. */
    readonly relay: HostileRelay,
  ) {
    driver.watch(({ transfers }) => {
      for (const transfer of transfers) this.#answer(transfer);
    });
  }

  static async open(): Promise<HostVictim> {
    const root = await mkdtemp(join(tmpdir(), "secureshare-attacks-"));
    const relay = await HostileRelay.open();
    const driver = await HostDriver.open(join(root, "state"));
    await makeTree(join(root, "from"), SENT);
    await mkdir(join(root, "to"));
    await writeFile(join(root, "beside"), "nobody's business");
    const victim = new HostVictim(root, driver, relay);
    try {
      await driver.configure({ "relay.urls": [relay.url], "receive.folder": join(root, "to") });
      await driver.measure();
      return victim;
    } catch (error) {
      await victim.close();
      throw error;
    }
  }

  /** Its relay does this from now on. A drop of a transfer ends it unless it is `kept`. */
  async meets(behaviour: Behaviour, kept: boolean): Promise<void> {
    this.relay.become(behaviour);
    await this.driver.configure({ "resume.keepForHours": kept ? null : 0 });
  }

  /** Sends the two files of `SENT`, or another folder of `from`; returns the code. */
  async send(folder = "x"): Promise<string> {
    this.driver.do({ do: "send", path: join(this.root, "from", folder) });
    return this.driver.until(({ transfers }) => {
      const phase = transfers.find(({ role }) => role === "sender")?.phase;
      return phase?.phase === "waiting" ? phase.code : undefined;
    });
  }

  /** Sends to whatever meets it: there may be no code. */
  sendAnyway(): void {
    this.driver.do({ do: "send", path: join(this.root, "from/x") });
  }

  receive(code: string): void {
    const invitation = `${code}@${new URL(this.relay.url).host}`;
    this.driver.do({ do: "view", message: { type: "receive", invitation } });
  }

  /** Its users say yes to everything, once, and let go on what they have paused. */
  #answer({ id, phase, paused }: TransferView): void {
    const say = (message: Parameters<HostDriver["do"]>[0]) => this.driver.do(message);
    if (paused?.us === true) say({ do: "view", message: { type: "pause", id, paused: false } });
    const key = `${id} ${phase.phase}`;
    if (this.#answered.has(key)) return;
    this.#answered.add(key);
    if (phase.phase === "verify") say({ do: "view", message: { type: "confirm", id } });
    if (phase.phase === "offer") say({ do: "view", message: { type: "accept", id } });
  }

  /** Its user's doing about the transfer in this role, if there is one now. */
  async does(role: Role, what: "pause" | "cancel"): Promise<void> {
    const transfers = await this.driver.until((state) => state.transfers);
    const id = transfers.find((transfer) => transfer.role === role)?.id;
    if (id === undefined) return;
    const message = what === "cancel" ? { type: what, id } : { type: what, id, paused: true };
    this.driver.do({ do: "view", message });
  }

  #ended(role: Role): Promise<TransferView> {
    return this.driver.until(({ transfers }) =>
      transfers.find(
        ({ role: its, phase }) => its === role && /^(?:done|failed)$/.test(phase.phase),
      ),
    );
  }

  /** As `Victim.assertUnharmed`, of its transfer in this role. */
  async assertUnharmed(
    role: Role,
    codes: readonly ErrorCode[],
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { phase } = await this.#ended(role);
    const told = JSON.stringify(phase);
    if (phase.phase === "failed") assert.ok(codes.includes(phase.failure.code), told);
    else assert.ok(codes.length === 0 || Object.keys(files).length > 0, told);
    await this.#assertFiles(files);
    const { heldMs, grownMiB } = await this.driver.measure();
    assert.ok(grownMiB < GROWN_MIB, `${grownMiB} MiB more`);
    assert.ok(heldMs < HELD_MS, `event loop held for ${heldMs} ms`);
  }

  async #assertFiles(files: Readonly<Record<string, string>>): Promise<void> {
    assert.equal(await readFile(join(this.root, "beside"), "utf8"), "nobody's business");
    for (const entry of await readdir(this.root, { recursive: true, withFileTypes: true })) {
      const name = relative(this.root, join(entry.parentPath, entry.name));
      assert.match(name, /^(?:beside|(?:from|state|to)(?:\/.*)?)$/);
      if (!name.startsWith("to/") || entry.isDirectory()) continue;
      if (name.split("/").some((part) => part.startsWith(".secureshare-"))) continue;
      assert.equal(await readFile(join(this.root, name), "utf8"), files[name.slice(3)], name);
    }
  }

  /** Ends and forgets what an attack has left. */
  async recover(): Promise<void> {
    const stop = this.driver.watch(({ transfers }) => this.#clear(transfers));
    this.#clear(await this.driver.until(({ transfers }) => transfers));
    await this.driver.until(({ transfers }) => (transfers.length === 0 ? true : undefined));
    stop();
    await rm(join(this.root, "to"), { recursive: true });
    await mkdir(join(this.root, "to"));
  }

  #clear(transfers: readonly TransferView[]): void {
    for (const { id, phase } of transfers) {
      const type = /^(?:done|failed)$/.test(phase.phase) ? "dismiss" : "cancel";
      this.driver.do({ do: "view", message: { type, id } });
    }
  }

  async close(): Promise<void> {
    await this.driver.close();
    await this.relay.close();
    await rm(this.root, { recursive: true, force: true });
  }
}
