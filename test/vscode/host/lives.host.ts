import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecureShareError } from "../../../src/core/errors";
import { createEngine, type Engine } from "../../../src/host/engine";
import { askForLine } from "../../../src/host/inputBox";
import { LiveSettings } from "../../../src/host/liveSettings";
import { Resuming } from "../../../src/host/resuming";
import { TransferList } from "../../../src/host/transferList";
import { memoryKeyring } from "../../support/memory/keyring";
import { receiverDocument } from "../../unit/node/journals";

const unused = () => Promise.reject(new Error("must not be called"));

describe("a window that goes, and its next life", () => {
  it("begins no transfer any more once it goes", async () => {
    const transfers = new TransferList();
    let begun = 0;
    const closing = transfers.close();
    const run = () => {
      begun += 1;
      return unused();
    };
    const about = { role: "receiver", verify: "compare", reach: "configured" } as const;
    transfers.start(
      { ...about, uriScheme: "vscode", extensionId: "a.b" },
      { run, again: unused, paths: [] },
    );
    await closing;
    assert.equal(begun, 0);
  });

  it("asks nothing for a transfer that has ended", async () => {
    const question = { title: "", prompt: "", placeholder: "", value: "" };
    const none = () => undefined;
    const answer = askForLine({ ...question, typing: none, entered: none }, AbortSignal.abort());
    assert.equal(await answer, undefined);
  });

  describe("that had transfers", () => {
    const settings = new LiveSettings();
    let stateFolder: string;
    let transfers: TransferList;
    let engine: Engine;
    let faults: string[];
    beforeEach(async () => {
      stateFolder = await mkdtemp(join(tmpdir(), "secureshare-lives-"));
      const { secrets, memory } = memoryKeyring();
      const about = { stateFolder, window: "w", session: "one", pageFolder: "" };
      engine = createEngine({ ...about, secrets, memory });
      transfers = new TransferList();
      faults = [];
    });
    afterEach(async () => {
      transfers.dispose();
      await rm(stateFolder, { recursive: true });
    });
    after(() => settings.dispose());

    const remembered = () => engine.journals.list(3_600_000);

    async function left(): Promise<string> {
      const kept = await engine.journals.begin({});
      const sealed = await kept.journal.seal(Uint8Array.of(1));
      await kept.journal.save(receiverDocument(kept.id, { sealed }));
      kept.suspend();
      await kept.end();
      return kept.id;
    }

    let shown = 0;
    function resuming(instead: Partial<Engine> = {}): Resuming {
      const idle = () => undefined;
      return new Resuming({
        settings,
        transfers,
        interrupted: { all: [], disposed: false, read: remembered, refresh: idle },
        relays: { through: unused },
        sending: { sendPaths: unused },
        loadEngine: async () => ({ ...engine, ...instead }),
        extensionId: "a.b",
        stateFolder,
        view: { show: async () => void (shown += 1) },
        log: { fault: (code) => void faults.push(code) },
      });
    }

    it("leaves them to the next life when it goes before they go on", async () => {
      await left();
      await Promise.all([transfers.close(), resuming().resumeOwn()]);
      assert.deepEqual(transfers.all, []);
      const [listed] = await remembered();
      assert.deepEqual([listed?.running, listed?.reloaded], [undefined, true]);
    });

    it("goes on once with one whose user asks twice, and shows it both times", async () => {
      const id = await left();
      const goingOn = resuming({ receive: unused });
      await Promise.all([goingOn.resume(id), goingOn.resume(id)]);
      assert.equal(transfers.all.length, 1);
      assert.equal(shown, 2);
      await transfers.close();
    });

    it("comes to each of them, though one cannot be read", async () => {
      const ids = [await left(), await left()];
      const tried: string[] = [];
      const take = (id: string) => {
        tried.push(id);
        return Promise.reject(new SecureShareError("E_DISK", { path: id, reason: "EIO" }));
      };
      const journals = { begin: unused, forget: unused, list: unused, take };
      await resuming({ journals }).resumeOwn();
      assert.deepEqual(tried.toSorted(), ids.toSorted());
      assert.deepEqual(faults, ["E_DISK", "E_DISK"]);
    });
  });
});
