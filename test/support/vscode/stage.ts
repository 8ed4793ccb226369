import type { Browser } from "playwright-core";
import type { Tree } from "../tree";
import { launchBrowser } from "./browser";
import { type Computer, type ComputerOptions, startComputer } from "./computer";
import { User } from "./users";
import type { WindowOptions } from "./window";

/** The computers of a group of tests, and the people who come to them. */
export interface Stage<Name extends string> {
  /**
   * Opens a window on a computer, in a new folder that holds this tree, see `User.sitDown`. Who
   * comes in a `before` stays for all tests of the group.
   */
  sitDown(name: Name, tree?: Tree, options?: WindowOptions): Promise<User>;
  /** On which a computer's server listens. */
  port(name: Name): number;
  /** Below which everything of a computer lies. */
  root(name: Name): string;
  /** Changes the user's settings on a computer, for windows that are opened from now on. */
  prefer(name: Name, settings: Readonly<Record<string, unknown>>): Promise<void>;
}

/**
 * Starts a browser and these computers before the tests of the enclosing `describe`, closes after
 * each test the windows that were opened in it (with a picture of each when the test failed), and
 * stops all after the last one.
 */
export function useStage<Name extends string>(
  plan: Readonly<Record<Name, ComputerOptions>>,
): Stage<Name> {
  const computers = new Map<string, Computer>();
  /** Of the whole group, and of the test that runs. */
  const staying: User[] = [];
  const users: User[] = [];
  let inTest = false;
  let browser: Browser | undefined;

  before(async () => {
    browser = await launchBrowser();
    for (const [name, options] of Object.entries<ComputerOptions>(plan))
      computers.set(name, await startComputer(name, options));
  });

  beforeEach(() => {
    inTest = true;
  });

  afterEach(async function () {
    inTest = false;
    const test = this.currentTest;
    const all = [...staying, ...users.splice(0)];
    const leaving = all.map(async (user, index) => {
      const name = `test-failed-${test?.title ?? ""}-${index}`.replace(/[^\p{L}\p{N}]+/gu, "-");
      // A window that is gone has no picture, and must not keep the others from closing.
      if (test?.state === "failed") await user.window.screenshot(name).catch(() => undefined);
      if (!staying.includes(user)) await user.leave();
    });
    await Promise.all(leaving);
  });

  after(async () => {
    await browser?.close();
    await Promise.all([...computers.values()].map((computer) => computer.stop()));
  });

  const known = (name: Name): Computer => {
    const computer = computers.get(name);
    if (computer === undefined) throw new Error("no test is running");
    return computer;
  };
  return {
    port: (name) => known(name).server.port,
    root: (name) => known(name).root,
    prefer: (name, settings) => known(name).prefer(settings),
    sitDown: async (name, tree, options) => {
      const computer = known(name);
      if (browser === undefined) throw new Error("no test is running");
      const user = await User.sitDown(browser, computer, tree, options);
      (inTest ? users : staying).push(user);
      return user;
    },
  };
}
