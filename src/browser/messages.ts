/** The messages between the page and its worker, which is the page's host: it alone has keys. */

import type { Language } from "../../l10n/language";
import type { ViewMessage } from "../bridge/messages";
import type { ViewState } from "../bridge/state";
import type { Picked } from "./files/source";

/** Stands for a folder in an offer whose files are kept for the user to save. */
export const DOWNLOADS = "/";

/** To the worker. `id` is a transfer's. */
export type PageMessage =
  /**
   * First of all; `relay` is the address of the relay that served the page, `picksFolders`
   * whether the page can ask its user for a folder.
   */
  | { type: "begin"; relay: string; language: Language; picksFolders: boolean }
  /** Has the worker say the same, once it has begun. */
  | { type: "alive" }
  | { type: "view"; message: ViewMessage }
  | { type: "send"; picked: readonly Picked[] }
  | { type: "sendText"; text: string }
  /** A picked folder; without one, what comes is kept for saving. */
  | { type: "target"; id: string; folder: FileSystemDirectoryHandle | undefined }
  /** Wants a received file by its path as shown; without one, all of them as an archive. */
  | { type: "save"; id: string; path: string | undefined };

/** From the worker. */
export type WorkerMessage =
  /** Where received files can be kept, and how many bytes of them; `undefined`: as the disk has. */
  | { type: "begun"; keptMax: number | undefined }
  | { type: "alive" }
  /** `savable`: how many received files wait to be saved, by transfer. */
  | { type: "state"; state: ViewState; savable: ReadonlyMap<string, number> }
  /** What was asked for by the same `path`. */
  | { type: "save"; id: string; path: string | undefined; name: string; blob: Blob }
  /** There was no room for the archive. */
  | { type: "saveFailed"; id: string };
