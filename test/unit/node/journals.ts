import type { ReceiverDocument } from "../../../src/core/files/journal";
import type { Transfer } from "../../../src/node/state/transfer";
import { openTransfer } from "../../../src/node/state/transfers";

export function receiverDocument(
  id: string,
  more: Partial<ReceiverDocument> = {},
): ReceiverDocument {
  return {
    version: 1,
    id,
    createdAt: 1_800_000_000_000,
    touchedAt: 1_800_000_000_000,
    relays: ["wss://relay.example"],
    sealed: "",
    verified: true,
    verify: "compare",
    automated: false,
    peer: null,
    offered: false,
    accepted: null,
    role: "receiver",
    folder: null,
    conflict: null,
    changed: [],
    keepForMs: 0,
    ...more,
  };
}

export async function reopened(state: string, id: string, key: Uint8Array): Promise<Transfer> {
  const opened = await openTransfer(state, id, key);
  if (opened.kind !== "opened") throw new Error(`transfer is ${opened.kind}`);
  return opened.transfer;
}
