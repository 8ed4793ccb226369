import { createTransfer } from "../../../../src/node/state/transfers";
import { receiverDocument } from "../journals";

/** Notes that wait for one flush. */
const SIDE_BY_SIDE = 8;

/**
 * Writes documents and notes as fast as it can, and tells of what is durable: its id, then
 * `document <n>` and `note <n>`. Document n has n in its `createdAt`, note n is of item n.
 */
export async function run([state = ""]: readonly string[]): Promise<void> {
  const transfer = await createTransfer(state, new Uint8Array(32));
  console.log(transfer.id);
  const folder = "x".repeat(20_000);
  const notes = async () => {
    for (let first = 0; ; first += SIDE_BY_SIDE)
      await Promise.all(
        Array.from({ length: SIDE_BY_SIDE }, async (_, i) => {
          await transfer.note({ k: "open", item: first + i, file: `${first + i}` });
          console.log(`note ${first + i}`);
        }),
      );
  };
  const documents = async () => {
    for (let n = 0; ; n++) {
      await transfer.save(receiverDocument(transfer.id, { createdAt: n, folder }));
      console.log(`document ${n}`);
    }
  };
  await Promise.all([notes(), documents()]);
}
