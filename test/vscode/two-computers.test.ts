import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describeTree, type Tree } from "../support/tree";
import { VERSIONS } from "../support/vscode/computer";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { SEND } from "../support/vscode/users";

/** Whole seconds: what every file system keeps. */
const MTIME = Date.UTC(2024, 1, 29, 12, 34, 56);
const bytes = (length: number) => Buffer.alloc(length, "SecureShare і Größe 🚀 ");

/** Names and contents as they come in life, and some that get lost easily. */
const SENT = {
  "Звіт за жовтень.txt": { content: "Підсумки: усе гаразд.\n", mtime: MTIME },
  "Größenübersicht.csv": { content: "Maß;Größe\nHöhe;180 cm\n", mtime: MTIME + 2000 },
  "🚀 план.md": { content: bytes(300_000), mtime: MTIME + 4000 },
  "порожній.txt": { content: "", mtime: MTIME + 6000 },
  "збірка.sh": { content: "#!/bin/sh\necho так\n", executable: true, mtime: MTIME + 8000 },
  "Фото/опис.txt": { content: "Папка з підпапкою.\n", mtime: MTIME + 10_000 },
  "Фото/leerer Ordner": null,
} as const satisfies Tree;
const TOP = ["Звіт за жовтень.txt", "Größenübersicht.csv", "🚀 план.md", "порожній.txt"] as const;

for (const [age, version] of Object.entries(VERSIONS))
  describe(`two computers, the ${age} VS Code`, function () {
    this.timeout(TEST_MS);
    const stage = useStage({
      sender: { extension: TEST_ROOT, version },
      // It knows nothing of the sender's relay: no setting tells it.
      receiver: { extension: TEST_ROOT, version },
    });

    it("transfer files and folders, from the right-click to the last byte", async () => {
      const sender = await stage.sitDown("sender", { ...SENT, "bleibt hier.txt": "not selected" });
      const receiver = await stage.sitDown("receiver");
      const names = [...TOP, "збірка.sh", "Фото"] as const;
      await sender.window.chooseFromContextMenu(names, SEND);
      await sender.window.pick("This computer only");
      const spoken = await sender.sent.spoken();
      assert.match(spoken, /^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}@127\.0\.0\.1:\d+$/);
      await sender.photograph("waiting");

      await receiver.receive(spoken);
      const digits = await sender.sent.digits();
      assert.match(digits, /^\d{6}$/);
      assert.equal(await receiver.received.digits(), digits);
      await sender.photograph("verify");
      await receiver.photograph("verify-receiver");
      await receiver.received.press("confirm");
      await receiver.received.reaches("awaiting-peer");
      await receiver.photograph("awaiting-confirmation");
      await sender.sent.press("confirm");

      await receiver.received.reaches("offer");
      await sender.sent.reaches("awaiting-peer");
      await sender.photograph("awaiting-acceptance");
      const target = join(receiver.folder, "Отримане");
      await mkdir(target);
      await receiver.received.press("chooseFolder");
      await receiver.window.chooseFolder(target);
      await receiver.received.root.getByText(target, { exact: true }).waitFor();
      await receiver.photograph("offer");
      assert.deepEqual(await describeTree(target), [], "nothing is written before it is accepted");
      await receiver.received.press("accept");

      await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
      await sender.photograph("done");
      await receiver.photograph("done-receiver");
      for (const card of [sender.sent, receiver.received])
        assert.match(await card.root.innerText(), /6 files, 293\.1\skB/, "folders are no files");
      const kept = await describeTree(sender.folder);
      const came = await describeTree(target);
      assert.deepEqual(
        came,
        kept.filter((line) => !line.startsWith("bleibt hier")),
      );
      const sums = new Map(
        Object.entries(SENT).flatMap(([path, file]) =>
          file === null ? [] : [[path, createHash("sha256").update(file.content).digest("hex")]],
        ),
      );
      assert.deepEqual(sorted(await receiver.received.checksums()), sorted(sums));
      assert.deepEqual(sorted(await sender.sent.checksums()), sorted(sums));
    });
  });

function sorted(sums: ReadonlyMap<string, string>): [string, string][] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}
