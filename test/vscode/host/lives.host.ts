import assert from "node:assert/strict";
import { SecureShareError } from "../../../src/core/errors";
import { createEngine } from "../../../src/host/engine";
import { askForLine } from "../../../src/host/inputBox";
import { LiveSettings } from "../../../src/host/liveSettings";
import { Resuming } from "../../../src/host/resuming";
import { TransferList } from "../../../src/host/transferList";
import { memoryKeyring } from "../../support/memory/keyring";

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

  it("comes to every transfer that it had, though one cannot be read", async () => {
    const settings = new LiveSettings();
    const transfers = new TransferList();
    const { secrets, memory } = memoryKeyring();
    const about = { stateFolder: "", window: "w", session: "one", pageFolder: "" };
    const tried: string[] = [];
    const take = (id: string) => {
      tried.push(id);
      return Promise.reject(new SecureShareError("E_DISK", { path: id, reason: "EIO" }));
    };
    const journals = { take, begin: unused, forget: unused, list: unused };
    const engine = { ...createEngine({ ...about, secrets, memory }), journals };
    const left = { role: "receiver", contents: undefined, at: 0, running: undefined } as const;
    const mine = { ...left, reloaded: true };
    const read = async () => [
      { ...mine, id: "a" },
      { ...mine, id: "b" },
    ];
    const faults: string[] = [];
    const resuming = new Resuming({
      settings,
      transfers,
      interrupted: { all: [], disposed: false, read, refresh: () => undefined },
      relays: { through: unused },
      sending: { sendPaths: unused },
      loadEngine: async () => engine,
      extensionId: "a.b",
      stateFolder: "",
      view: { show: unused },
      log: { fault: (code) => void faults.push(code) },
    });
    await resuming.resumeOwn();
    assert.deepEqual(
      [tried, faults],
      [
        ["a", "b"],
        ["E_DISK", "E_DISK"],
      ],
    );
    settings.dispose();
    transfers.dispose();
  });
});
