import assert from "node:assert/strict";
import { findPlace } from "../../../src/browser/place";
import { MemoryFolder } from "../../support/memory/pickedFolder";

/** An origin: its private file system, and the locks of its tabs. */
class Origin {
  readonly root = new MemoryFolder("", { moves: "yes", now: () => 0 });
  readonly #held = new Set<string>();
  readonly given: Parameters<typeof findPlace>[0];

  constructor() {
    const request = (name: string, hold: () => Promise<void>) => {
      this.#held.add(name);
      return hold();
    };
    const query = async () => ({ held: [...this.#held].map((name) => ({ name })) });
    this.given = {
      storage: { getDirectory: async () => this.root },
      locks: { request, query },
    } as unknown as Origin["given"];
  }

  /** All tabs that there were are gone, and their locks. */
  die(): void {
    this.#held.clear();
  }

  folders(): readonly string[] {
    return Object.keys(this.root.tree());
  }
}

describe("where a page keeps what arrives", () => {
  let origin: Origin;
  beforeEach(() => {
    origin = new Origin();
  });

  it("is a folder for each tab, and what dead tabs left goes", async () => {
    await findPlace(origin.given);
    const [dead = ""] = origin.folders();
    await findPlace(origin.given);
    assert.equal(origin.folders().length, 2);
    origin.die();
    await findPlace(origin.given);
    assert.equal(origin.folders().length, 1);
    assert.ok(!origin.folders().includes(dead));
  });

  it("is not taken away by a tab that begins at the same moment", async () => {
    const { root, given } = origin;
    const keys = root.keys.bind(root);
    let first = true;
    root.keys = async function* () {
      if (first) {
        first = false;
        await findPlace(given);
      }
      yield* keys();
    };
    await findPlace(given);
    assert.equal(origin.folders().length, 2);
  });

  it("is on the disk though what a dead tab left cannot be removed yet", async () => {
    await findPlace(origin.given);
    origin.die();
    origin.root.removeEntry = async () => {
      throw new DOMException("in use", "NoModificationAllowedError");
    };
    assert.equal((await findPlace(origin.given)).max, undefined);
    assert.equal(origin.folders().length, 2);
  });

  it("is there again where a user has cleared it away", async () => {
    const { createStore } = await findPlace(origin.given);
    for (const name of origin.folders()) await origin.root.removeEntry(name);
    const store = await createStore();
    const file = store.open(3);
    file.append(new TextEncoder().encode("new"));
    file.finish();
    assert.throws(() => file.blob(), { name: "InvalidStateError" });
    await store.close();
    assert.equal(await file.blob().text(), "new");
    assert.equal(origin.folders().length, 2, "its folder, and the file in it");
  });

  it("is memory where the browser gives no disk", async () => {
    const given = { storage: undefined, locks: undefined } as unknown as Origin["given"];
    assert.equal((await findPlace(given)).max, 512 * 1024 * 1024);
  });
});
