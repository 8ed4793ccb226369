import { codeVectors } from "./codes";
import { handshakeVectors } from "./handshake";
import { recordVectors } from "./records";

/** The project's own vectors, by the file of test/vectors that holds them. */
export async function ownVectors(): Promise<Readonly<Record<string, object>>> {
  return {
    "codes.json": codeVectors(),
    "handshake.json": handshakeVectors(),
    "records.json": await recordVectors(),
  };
}
