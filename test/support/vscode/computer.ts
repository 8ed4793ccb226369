import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  installExtension,
  installServer,
  NEWEST,
  OLDEST,
  type RunningServer,
  startServer,
} from "../../../scripts/vscode/server.mjs";
import { buildProbe } from "./probe";

/** What a test gives a computer beyond an empty home folder. */
export interface ComputerOptions {
  /** Version of code-server; the one that this run is for unless given. */
  readonly version?: string;
  /** The user's settings before the first window opens. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Further variables in the environment of the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  /** Absolute path of the unpacked extension, for windows that a user works in. */
  readonly extension?: string;
  /** Whether the tests' own extension is there too, see `buildProbe`. */
  readonly probe?: boolean;
  /** Absolute path of a packaged extension, to be installed before the first window opens. */
  readonly vsix?: string;
  /** Whether it is for tests inside the extension host, see `runInHost`, and not for users. */
  readonly driver?: boolean;
  /** Command line flags of the server. Workspace trust is off unless given. */
  readonly flags?: readonly string[];
}

/**
 * One user's computer: a VS Code server with home, state, settings and extensions of its own.
 * Two of them share nothing but the network, unlike two windows of one server.
 */
export interface Computer {
  readonly server: RunningServer;
  /** Everything of this computer lies below; removed when it stops. */
  readonly root: string;
  /** The folder that its windows open: empty at first. */
  readonly workspace: string;
  /**
   * Changes settings while windows are open, in the machine's settings file: this server watches
   * that one and not the user's. It has no say over settings of application scope.
   */
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Changes the user's settings, for windows that are opened from now on. */
  prefer(settings: Readonly<Record<string, unknown>>): Promise<void>;
  stop(): Promise<void>;
}

/** Each holds for both ends of what is supported. */
export const VERSIONS = { oldest: OLDEST, newest: NEWEST } as const;
/** Of the tests that do not name one: the oldest, or as the environment says. */
const VERSION = process.env["SECURESHARE_VSCODE"] === "newest" ? NEWEST : OLDEST;

/** Keeps out of tests and pictures what newer releases open by themselves. */
const QUIET = {
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  // Some pages of VS Code's own then lie over the window.
  "workbench.editor.useModal": "off",
  // The status bar fades from colour to colour.
  "workbench.reduceMotion": "on",
};

/**
 * Starts a computer; installs the VS Code server first where it is not in the cache.
 *
 * @param name part of its folder's name, so that logs tell the computers apart
 */
export async function startComputer(
  name: string,
  options: ComputerOptions = {},
): Promise<Computer> {
  const { version = VERSION, settings = {}, flags = ["--disable-workspace-trust"] } = options;
  const server = await installServer({ version });
  const root = await mkdtemp(join(tmpdir(), `secureshare-${name}-`));
  const workspace = join(root, "workspace");
  const folders = {
    dataDir: join(root, "server"),
    extensionsDir: join(root, "extensions"),
    home: join(root, "home"),
  };
  await mkdir(workspace);
  await mergeJson(settingsOf("User", folders.dataDir), { ...QUIET, ...settings });
  const { extension, vsix, driver = false, env = {} } = options;
  const extensions = [extension, options.probe ? await buildProbe(TEST_ROOT) : undefined];
  if (vsix !== undefined) await installExtension({ server, vsix, ...folders });
  const running = await startServer({
    server,
    ...folders,
    env,
    driver,
    flags: [...flags],
    extensions: extensions.filter((folder) => folder !== undefined),
  });
  return {
    server: running,
    root,
    workspace,
    configure: (changes) => mergeJson(settingsOf("Machine", folders.dataDir), changes),
    prefer: (changes) => mergeJson(settingsOf("User", folders.dataDir), changes),
    stop: async () => {
      await running.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function settingsOf(whose: "User" | "Machine", dataDir: string): string {
  return join(dataDir, "data", whose, "settings.json");
}

async function mergeJson(path: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const before: unknown = JSON.parse(await readFile(path, "utf8").catch(() => "{}"));
  await writeFile(path, JSON.stringify(Object.assign({}, before, changes), null, 2));
}
