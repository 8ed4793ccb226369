/** Entry point of the page: joins it to its worker, its address and its browser. */
import { chooseLanguage } from "../../l10n/language";
import type { PageMessage, WorkerMessage } from "../../src/browser/messages";
import { relayAddress } from "../../src/core/wire/invitation";
import { isolated } from "../ui/isolate";
import { makeRoot } from "../ui/root";
import { App } from "./app";
import type { Surroundings } from "./context";
import { BEAT, createPulse } from "./pulse";
import { refuse } from "./refusal";
import { pageTexts } from "./texts";

/** The worker's file beside this one, put in by the build: its name holds its hash. */
declare const WORKER_FILE: string;

declare global {
  interface Window {
    /** File System Access, where the browser has it. */
    showDirectoryPicker?: (options: { mode: "readwrite" }) => Promise<FileSystemDirectoryHandle>;
    trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL: (url: string) => string },
      ): { createScriptURL(url: string): string };
    };
  }
}

/** The one script address that this page ever makes, allowed under its own policy. */
function startWorker(): Worker {
  const url = new URL(WORKER_FILE, import.meta.url).href;
  const policy = window.trustedTypes?.createPolicy("secureshare", {
    createScriptURL: (asked) => {
      if (asked !== url) throw new TypeError("not ours");
      return asked;
    },
  });
  return new Worker(policy?.createScriptURL(url) ?? url, { type: "module" });
}

/** The code stands where no server sees it; nobody who looks at the address shall, either. */
function takeFragment(): string {
  const { hash, pathname, search } = location;
  if (hash !== "") history.replaceState(null, "", pathname + search);
  return decoded(hash.slice(1));
}

/** What a messenger has broken is shown as it came. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** A relay that belongs to an editor takes no rooms of others, and says so. */
async function relaySends(): Promise<boolean> {
  // What stands before a relay may answer in its place, and not in JSON.
  const about: unknown = await fetch("about.json")
    .then((response) => response.json())
    .catch(() => undefined);
  const send = typeof about === "object" && about !== null && "send" in about ? about.send : true;
  return send !== false;
}

/** `undefined` when the user has thought better of it. */
async function pickFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  return window.showDirectoryPicker?.({ mode: "readwrite" }).catch(() => undefined);
}

/** Joins both, and tells the page when its worker has failed or says nothing any more. */
function attend(worker: Worker, app: App, post: (message: PageMessage) => void): void {
  const pulse = createPulse(
    () => post({ type: "alive" }),
    (silent) => app.ails(silent),
  );
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
    pulse.heard();
    app.take(data);
  });
  for (const failure of ["error", "messageerror"])
    worker.addEventListener(failure, () => app.ails(true));
  setInterval(() => pulse.beat(), BEAT);
}

async function start(): Promise<void> {
  const invitation = takeFragment();
  const language = chooseLanguage("auto", navigator.language);
  const surface = makeRoot(document);
  const address = new URL(".", location.href).href;
  const relay = relayAddress(address);
  if (relay === undefined) {
    const sentence = pageTexts(language).fill("noAddress", { address: isolated(address) });
    return refuse(surface.root, language, sentence);
  }
  const around: Surroundings = {
    host: location.host,
    secure: isSecureContext,
    sends: await relaySends(),
    picksFolders: window.showDirectoryPicker !== undefined,
  };
  const worker = startWorker();
  const post = (message: PageMessage) => worker.postMessage(message);
  const app = new App({ ...surface, around, relay, language, post, pickFolder });
  attend(worker, app, post);
  post({ type: "begin", relay, language, picksFolders: around.picksFolders });
  if (invitation !== "") app.invite(invitation);
  window.addEventListener("hashchange", () => {
    const next = takeFragment();
    if (next !== "") app.invite(next);
  });
  window.addEventListener("beforeunload", (event) => {
    if (app.holds) event.preventDefault();
  });
}

void start();
