// What every browser takes that is driven by a WebSocket of its own: Chromium (Chrome DevTools
// Protocol) and Firefox (WebDriver BiDi) number their commands and replies alike.
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { WebSocket } from "ws";

/** @typedef {Readonly<Record<string, any>>} Result */
/** @typedef {(method: string, params?: object, sessionId?: string) => Promise<Result>} Call */

/**
 * @param {string} endpoint
 * @returns {Promise<{ call: Call, end: () => void }>}
 */
export async function connect(endpoint) {
  const socket = new WebSocket(endpoint);
  await once(socket, "open");
  /** @type {Map<number, (reply: { id?: number, result?: Result, error?: unknown }) => void>} */
  const waiting = new Map();
  let count = 0;
  socket.on("message", (/** @type {Buffer} */ data) => {
    const reply = JSON.parse(data.toString());
    waiting.get(reply.id ?? 0)?.(reply);
    waiting.delete(reply.id ?? 0);
  });
  /** @type {Call} */
  const call = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, ({ result, error }) =>
        result === undefined ? reject(new Error(JSON.stringify(error))) : resolve(result),
      );
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  return { call, end: () => socket.close() };
}

/**
 * In the page's own language: waits until an expression is true or a text; errors are "not yet".
 */
export const waitFor = (/** @type {string} */ expression) => `new Promise((resolve) => {
  const look = () => { try { return ${expression}; } catch { return false; } };
  const timer = setInterval(() => {
    const value = look();
    if (!value) return;
    clearInterval(timer);
    resolve(String(value));
  }, 50);
})`;

/** In the page's own language: presses a button, once it can be; true when it was. */
export const pressed = (/** @type {string} */ action) => `(() => {
  const button = document.querySelector('[data-action="${action}"]');
  if (!button || button.getAttribute("aria-disabled") === "true") return false;
  button.click();
  return true;
})()`;

/**
 * Ends a browser, and removes its profile.
 * @param {import("node:child_process").ChildProcess} browser
 * @param {string} profile
 */
export async function stop(browser, profile) {
  browser.kill();
  if (browser.exitCode === null && browser.signalCode === null) await once(browser, "exit");
  // Its last children may still write there.
  await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
