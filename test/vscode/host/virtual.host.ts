import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  ConfigurationTarget,
  commands,
  type Disposable,
  env,
  extensions,
  FileType,
  Uri,
  workspace,
} from "vscode";
import type { OfferItem } from "../../../src/core/files/manifest";
import { scanVirtual, VIRTUAL_FILE_MAX } from "../../../src/host/virtualFiles";
import { createSpool } from "../../../src/node/state/spool";
import { describeTree } from "../../support/tree";
import { eventually } from "../../support/vscode/eventually";
import { MemoryFiles } from "../../support/vscode/memoryFiles";
import { PATIENCE_MS } from "../../support/vscode/patience";

const SCHEME = "secureshare-test";
const at = (path: string) => Uri.from({ scheme: SCHEME, path });

describe("files of a virtual file system", () => {
  let files: MemoryFiles;
  let provider: Disposable;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "secureshare-virtual-"));
    files = new MemoryFiles();
    provider = workspace.registerFileSystemProvider(SCHEME, files, { isReadonly: true });
  });
  afterEach(async () => {
    provider.dispose();
    await rm(folder, { recursive: true });
  });

  function scan(paths: readonly string[], exclude: readonly string[] = []) {
    const spool = createSpool(join(folder, "spool"));
    return scanVirtual(workspace.fs, paths.map(at), exclude, spool, new AbortController().signal);
  }

  /** What an offer of these holds, and what it left out. */
  async function listed(paths: readonly string[], exclude: readonly string[] = []) {
    const { source, leftOut } = await scan(paths, exclude);
    const items: OfferItem[] = [];
    for await (const [, item] of source.manifest.items()) items.push(item);
    await source.manifest.dispose();
    return { items: items.map(({ path, kind, size }) => `${kind} ${path} ${size}`), leftOut };
  }

  it("are listed with their folders, in a stable order, each chosen place once", async () => {
    files.put("/tree/b.txt", "bb");
    files.put("/tree/a/c.txt", "");
    files.put("/tree/empty");
    files.put("/other/b.txt", "b");
    const { items } = await listed(["/tree", "/tree", "/tree/b.txt", "/other/b.txt"]);
    assert.deepEqual(items, [
      "folder tree 0",
      "folder tree/a 0",
      "file tree/a/c.txt 0",
      "file tree/b.txt 2",
      "folder tree/empty 0",
      "file b.txt 1",
    ]);
  });

  it("are left out by patterns, for links, for odd names and for their size", async () => {
    files.put("/tree/a.log", "x");
    files.put("/tree/keep.txt", "x");
    files.put("/tree/huge.bin", "", { size: VIRTUAL_FILE_MAX + 1 });
    files.put("/tree/link", "x", { type: FileType.File | FileType.SymbolicLink });
    files.put("/tree/odd\u202e", "x");
    const { items, leftOut } = await listed(["/tree"], ["*.log"]);
    assert.deepEqual(items, ["folder tree 0", "file tree/keep.txt 1"]);
    assert.deepEqual(
      leftOut.named.map(({ path, reason }) => `${path.replace("\u202e", "?")} ${reason}`).sort(),
      ["tree/a.log excluded", "tree/huge.bin too-large", "tree/link special", "tree/odd? bidi"],
    );
  });

  it("say so when a chosen one is too large, gone, cannot be read, or nothing is left", async () => {
    files.put("/shut/a.txt", "x");
    files.put("/open/shut/b.txt", "x");
    for (const folder of ["/shut", "/open/shut"]) files.shut(folder);
    await assert.rejects(scan(["/shut"]), { code: "E_PERMISSION", details: { path: "shut" } });
    const { leftOut } = await listed(["/open"]);
    assert.deepEqual(leftOut.named, [{ path: "open/shut", reason: "unreadable" }]);
    files.put("/huge.bin", "", { size: VIRTUAL_FILE_MAX + 1 });
    files.put("/a.log", "x");
    const limit = VIRTUAL_FILE_MAX;
    await assert.rejects(scan(["/huge.bin"]), {
      code: "E_FILE_TOO_LARGE",
      details: { path: "huge.bin", limit },
    });
    await assert.rejects(scan(["/gone.txt"]), { code: "E_SOURCE_VANISHED" });
    await assert.rejects(scan([]), { code: "E_NOTHING_TO_SEND" });
  });

  it("are read from any byte on, and told when they changed or went meanwhile", async () => {
    files.put("/a.txt", "0123456789");
    const { source } = await scan(["/a.txt"]);
    const item = await source.manifest.get(0);
    const { signal } = new AbortController();
    const reader = await source.open(0, item, 4, signal);
    const into = new Uint8Array(4);
    assert.equal(await reader.read(into), 4);
    assert.equal(Buffer.from(into).toString(), "4567");
    assert.equal(await reader.read(into), 2);
    assert.equal(await reader.read(into), 0);
    await reader.verify();
    files.put("/a.txt", "0123456789", { mtime: 1_700_000_000_001 });
    await assert.rejects(reader.verify(), { code: "E_SOURCE_CHANGED" });
    await assert.rejects(source.open(0, item, 0, signal), { code: "E_SOURCE_CHANGED" });
    files.remove("/a.txt");
    await assert.rejects(source.open(0, item, 0, signal), { code: "E_SOURCE_VANISHED" });
    await reader.close();
    await source.manifest.dispose();
  });

  it("are told when they hold other than they say", async () => {
    files.put("/a.txt", "0123456789", { size: 4 });
    const { source } = await scan(["/a.txt"]);
    const item = await source.manifest.get(0);
    const opened = source.open(0, item, 0, new AbortController().signal);
    await assert.rejects(opened, { code: "E_SOURCE_CHANGED" });
    await source.manifest.dispose();
  });

  it("arrive on another computer", async () => {
    files.put("/tree/лист.txt", "зміст");
    files.put("/tree/empty");
    const configuration = workspace.getConfiguration("secureshare");
    await configuration.update("relay.embedded.host", "127.0.0.1", ConfigurationTarget.Global);
    await configuration.update("verification", "code-only", ConfigurationTarget.Global);
    await commands.executeCommand("secureshare.send", at("/tree"));
    const link = await eventually(PATIENCE_MS, async () => {
      await env.clipboard.writeText("");
      await commands.executeCommand("secureshare.copyLink");
      const text = await env.clipboard.readText();
      assert.match(text, /^http:/);
      return text;
    });
    const root = extensions.getExtension("secureshare.secureshare")?.extensionPath ?? "";
    const out = join(folder, "to");
    await promisify(execFile)(
      process.execPath,
      [join(root, "dist", "cli.js"), "receive", "--yes", "--verify", "code-only", "--out", out],
      { env: { ...process.env, SECURESHARE_CODE: link, SECURESHARE_HOME: join(folder, "home") } },
    );
    const tree = await describeTree(out);
    assert.equal(tree.length, 3, tree.join("\n"));
    assert.match(tree.join("\n"), /лист\.txt/);
    assert.deepEqual(files.reads, ["/tree/лист.txt"]);
  });
});
