import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contents } from "../../../src/bridge/state";
import type { Engine } from "../../../src/host/engine";
import { History } from "../../../src/host/history";
import { InterruptedList } from "../../../src/host/interruptedList";
import type { Remembered } from "../../../src/host/journals";
import { LiveSettings } from "../../../src/host/liveSettings";
import { ENDED_MAX, TransferList } from "../../../src/host/transferList";
import type { Transfer } from "../../../src/presenter/transfer";

const SUMMARY = { outcome: "completed", bytes: 5, files: 1, seconds: 1 } as const;
const NOTHING: Contents = { names: [], files: 0, bytes: 0, leftOut: [], leftOutCount: 0 };
const TEXT: Contents = { ...NOTHING, bytes: 4, text: true };
const OFFER = { folder: "/to", scratch: "/scratch", conflict: "rename" } as const;

const unused = () => Promise.reject(new Error("must not be called"));

describe("the lists of the view", () => {
  let stateFolder: string;
  let transfers: TransferList;
  let history: History;
  let faults: string[];
  const log = { fault: (code: string) => void faults.push(code) };
  const shown = () => false;
  beforeEach(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), "secureshare-lists-"));
    transfers = new TransferList();
    faults = [];
    history = new History({ stateFolder, transfers, log, shown, now: Date.now });
  });
  afterEach(async () => {
    await transfers.close();
    await history.close();
    await rm(stateFolder, { recursive: true });
    assert.deepEqual(faults, []);
  });

  type Run = (transfer: Transfer, signal: AbortSignal) => Promise<typeof SUMMARY>;
  function start(run: Run, role: "sender" | "receiver" = "receiver"): string {
    const about = { role, verify: "compare", reach: "configured" } as const;
    const course = { run, again: unused, paths: [] };
    return transfers.start({ ...about, uriScheme: "vscode", extensionId: "a.b" }, course).id;
  }

  const finish: Run = async () => SUMMARY;
  const fail = () => Promise.reject(new Error("cut"));
  const goOn: Run = (_, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const receiveText: Run = async (transfer) => {
    transfer.receiverUi(OFFER).event({ kind: "text", text: "text" });
    return SUMMARY;
  };
  const failWithText: Run = async (transfer) => {
    transfer.describe(TEXT);
    return fail();
  };

  it("keep the cards of the latest that ended, and of all that run or hold a text", async () => {
    const staying = [start(goOn), start(receiveText), start(failWithText, "sender")];
    const ended: string[] = [];
    let endLast = () => {};
    const last = start(
      () => new Promise((resolve) => (endLast = () => resolve(SUMMARY))),
      "sender",
    );
    for (let count = 0; count < ENDED_MAX + 3; count++) {
      ended.push(start(count === 1 ? fail : finish));
      await new Promise(setImmediate);
    }
    // The first that began, apart from those that stay, is the last to end.
    endLast();
    await new Promise(setImmediate);
    const cards = transfers.all.map(({ id }) => id);
    assert.deepEqual(cards.toSorted(), [...staying, last, ...ended.slice(4)].toSorted());
    await history.refresh();
    const gone = ended.slice(0, 4).filter((_, count) => count !== 1);
    assert.deepEqual(history.all.map(({ id }) => id).toSorted(), gone.toSorted());
  });

  it("show what was read last, though an earlier read comes later", async () => {
    await mkdir(join(stateFolder, "transfers", "one"), { recursive: true });
    const reads: ((ids: readonly string[]) => void)[] = [];
    let asked = () => {};
    const list = () =>
      new Promise<Remembered[]>((resolve) => {
        const found = { role: "sender", contents: undefined, at: 1 } as const;
        const about = { ...found, running: undefined, reloaded: false };
        reads.push((ids) => resolve(ids.map((id) => ({ id, ...about }))));
        asked();
      });
    const engine = { journals: { begin: unused, forget: unused, take: unused, list } };
    const settings = new LiveSettings();
    const loadEngine = async () => engine as unknown as Engine;
    const parts = { stateFolder, loadEngine, settings, transfers, log, shown };
    const interrupted = new InterruptedList(parts);
    const begin = async () => {
      const here = new Promise<void>((resolve) => (asked = resolve));
      const read = interrupted.read();
      await here;
      return { read };
    };
    try {
      const first = await begin();
      const second = await begin();
      reads[1]?.(["new"]);
      await second.read;
      reads[0]?.(["old", "new"]);
      assert.deepEqual(
        (await first.read).map(({ id }) => id),
        ["new"],
      );
      const third = await begin();
      reads[2]?.([]);
      assert.deepEqual(await third.read, []);
      assert.deepEqual(interrupted.all, []);
    } finally {
      interrupted.dispose();
      settings.dispose();
    }
  });
});
