import { hostname } from "node:os";
import { env } from "vscode";

/** Kinds of remote windows, `ssh-remote`, `wsl`, `dev-container`: no addresses. */
const KIND = /^[a-z][a-z-]*$/;

/**
 * What the user of a remote window knows its computer by; `undefined` in a local window. Where
 * VS Code runs in a browser its remote name is the address in that browser, which need not
 * lead there from anywhere else: then it is the computer's own name.
 */
export function remoteComputer(): string | undefined {
  const { remoteName } = env;
  return remoteName === undefined || KIND.test(remoteName) ? remoteName : hostname();
}
