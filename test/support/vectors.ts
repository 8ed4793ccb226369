import { existsSync, readFileSync } from "node:fs";

/** Wycheproof's large files stand beside the checkout where they are at all. */
const LARGE = `${TEST_ROOT}../shared/vectors/`;

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function smallVectors<T>(file: string): T {
  return JSON.parse(readFileSync(`${TEST_ROOT}test/vectors/${file}`, "utf8")) as T;
}

interface Wycheproof<Group> {
  testGroups: Group[];
}

/** The groups of a Wycheproof file, or the reason why there are none. */
export function wycheproof<Group>(file: string): Group[] | string {
  if (!existsSync(LARGE + file)) return `${file} is not beside the checkout (../shared/vectors)`;
  return (JSON.parse(readFileSync(LARGE + file, "utf8")) as Wycheproof<Group>).testGroups;
}
