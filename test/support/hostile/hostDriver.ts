/** A window whose extension host does what a test says: the outer end of `test/vscode/attacks`. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { type WebSocket, WebSocketServer } from "ws";
import type { TransferView, ViewState } from "../../../src/bridge/state";
import { launchBrowser } from "../vscode/browser";
import { bundleForHost } from "../vscode/bundle";
import { type Computer, startComputer } from "../vscode/computer";
import { runInHost } from "../vscode/host";
import { DRIVER_PORT, DRIVER_STATE, type FromHost, type ToHost } from "./hostWords";

/** How long the window may take to open. Milliseconds. */
const OPENING = 120_000;
/** How long anything that is waited for may take. Milliseconds. */
const PATIENCE = 90_000;
/** How long all that a window is opened for may take. Milliseconds. */
const WHOLE = 1_200_000;

export type Role = TransferView["role"];
export type Measured = Extract<FromHost, { is: "measured" }>;

export class HostDriver {
  #state: ViewState | undefined;
  readonly #listeners = new Set<(word: FromHost) => void>();

  private constructor(
    private readonly socket: WebSocket,
    /** Closes the window and what belongs to it. */
    private readonly leave: () => Promise<void>,
  ) {
    socket.on("message", (data: Buffer) => {
      const word = JSON.parse(data.toString()) as FromHost;
      if (word.is === "state") this.#state = word.state;
      if (word.is === "reloaded") this.#state = undefined;
      for (const listener of this.#listeners) listener(word);
    });
  }

  /** @param stateFolder of the extension that is driven */
  static async open(stateFolder: string): Promise<HostDriver> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const opened: { browser?: Browser; computer?: Computer; window?: Promise<unknown> } = {};
    const leave = async () => {
      await opened.window;
      await opened.browser?.close();
      await opened.computer?.stop();
      server.close();
    };
    try {
      const tests = await bundleForHost(TEST_ROOT, "attacks");
      const env = { [DRIVER_PORT]: String(port), [DRIVER_STATE]: stateFolder };
      opened.browser = await launchBrowser();
      opened.computer = await startComputer("attacks", { driver: true, env });
      const connected = once(server, "connection", { signal: AbortSignal.timeout(OPENING) });
      const what = { tests, extension: TEST_ROOT, limitMs: WHOLE };
      const window = runInHost(opened.browser, opened.computer, what);
      opened.window = window.catch(() => {});
      const failed = window.then(({ output }) => Promise.reject(new Error(output)));
      const [socket] = (await Promise.race([connected, failed])) as [WebSocket];
      const driver = new HostDriver(socket, leave);
      // It listens when it has told its first state.
      await driver.until(() => true);
      return driver;
    } catch (error) {
      await opened.browser?.close();
      await leave();
      throw error;
    }
  }

  do(word: ToHost): void {
    this.socket.send(JSON.stringify(word));
  }

  /** Settings below `secureshare`; `null` is their default. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const configured = this.#until((word) => (word.is === "configured" ? true : undefined));
    this.do({ do: "configure", settings });
    await configured;
  }

  /** Ends the extension and starts it anew; nothing is known of its transfers then. */
  async reload(): Promise<void> {
    const reloaded = this.#until((word) => (word.is === "reloaded" ? true : undefined));
    this.do({ do: "reload" });
    await reloaded;
  }

  /** What its extension host took since this was asked last. */
  measure(): Promise<Measured> {
    const measured = this.#until((word) => (word.is === "measured" ? word : undefined));
    this.do({ do: "measure" });
    return measured;
  }

  /** Waits until the view's state holds what `find` looks for. */
  async until<T>(find: (state: ViewState) => T | undefined): Promise<T> {
    const at = this.#state && find(this.#state);
    return at ?? this.#until((word) => (word.is === "state" ? find(word.state) : undefined));
  }

  /** Calls it with every state, until the function that it returns is called. */
  watch(look: (state: ViewState) => void): () => void {
    const listener = (word: FromHost) => {
      if (word.is === "state") look(word.state);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #until<T>(find: (word: FromHost) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        action();
      };
      const listener = (word: FromHost) => {
        if (word.is === "broken") settle(() => reject(new Error(word.why)));
        const found = find(word);
        if (found !== undefined) settle(() => resolve(found));
      };
      const phases = () => JSON.stringify(this.#state?.transfers.map(({ phase }) => phase));
      const late = () => reject(new Error(`waited in vain; the transfers are ${phases()}`));
      const timer = setTimeout(() => settle(late), PATIENCE);
      this.#listeners.add(listener);
    });
  }

  async close(): Promise<void> {
    this.do({ do: "end" });
    await this.leave();
  }
}
