import { crypto } from "./crypto.mjs";
import { files } from "./files.mjs";
import { node } from "./node.mjs";
import { parting } from "./parting.mjs";
import { relay } from "./relay.mjs";
import { session } from "./session.mjs";
import { wire } from "./wire.mjs";

/** Every mutation, in a fixed order. */
export const mutations = [...crypto, ...wire, ...session, ...parting, ...files, ...node, ...relay];
