import assert from "node:assert/strict";
import { EventEmitter, Uri, type WebviewView } from "vscode";
import type { ViewMessage } from "../../../src/bridge/messages";
import type { ViewState } from "../../../src/bridge/state";
import { TransfersView } from "../../../src/host/view";

const STATE: ViewState = { language: "en", languageSetting: "auto", transfers: [] };

/** A webview without a window: what the host does to it, and what it says to the host. */
function fakeWebview() {
  const posted: unknown[] = [];
  const messages = new EventEmitter<unknown>();
  const disposed = new EventEmitter<void>();
  const visibility = new EventEmitter<void>();
  const webview = {
    options: {},
    html: "",
    cspSource: "https://view.test",
    asWebviewUri: (uri: Uri) => uri.with({ scheme: "https", authority: "view.test" }),
    onDidReceiveMessage: messages.event,
    postMessage: (message: unknown) => Promise.resolve(posted.push(message) > 0),
  };
  const view = {
    webview,
    visible: true,
    badge: undefined,
    onDidDispose: disposed.event,
    onDidChangeVisibility: visibility.event,
  };
  return { view: view as unknown as WebviewView, webview, posted, messages, disposed };
}

function open() {
  const content = { state: () => STATE, badge: () => ({ value: 0, tooltip: "" }) };
  const view = new TransfersView(Uri.file("/extension"), content);
  const fake = fakeWebview();
  const received: ViewMessage[] = [];
  view.onDidReceiveMessage((message) => received.push(message));
  view.resolveWebviewView(fake.view);
  const { webview, posted, messages, disposed } = fake;
  return { view, webview, posted, messages, disposed, received };
}

describe("the view's host side", () => {
  it("loads one script under a nonce and nothing from elsewhere", () => {
    const { webview, view } = open();
    assert.match(webview.html, /default-src 'none'/);
    const nonces = [...webview.html.matchAll(/nonce-([\w-]+)|nonce="([\w-]+)"/g)];
    const values = new Set(nonces.map(([, policy, script]) => policy ?? script));
    assert.equal(values.size, 1);
    assert.match([...values][0] ?? "", /^[\w-]{22}$/);
    assert.doesNotMatch(webview.html, /unsafe-|https?:(?!\/\/view\.test)/);
    view.dispose();
  });

  it("takes a new nonce for each document", () => {
    const htmls = [open(), open()].map(({ webview, view }) => {
      view.dispose();
      return webview.html;
    });
    assert.notEqual(htmls[0], htmls[1]);
  });

  it("reaches only the view's own files", () => {
    const { webview, view } = open();
    const roots = (webview.options as { localResourceRoots: Uri[] }).localResourceRoots;
    assert.deepEqual(
      roots.map(({ path }) => path),
      ["/extension/dist/panel", "/extension/media"],
    );
    view.dispose();
  });

  it("gives a new view the whole state when it is ready", () => {
    const { messages, posted, view } = open();
    messages.fire({ type: "ready" });
    assert.deepEqual(posted, [{ type: "state", state: STATE }]);
    view.dispose();
  });

  it("drops junk", () => {
    const { messages, posted, received, view } = open();
    const junk: unknown[] = [
      undefined,
      null,
      0,
      "send",
      [],
      {},
      { type: "confirm" },
      { type: "confirm", id: 7 },
      { type: "confirm", id: "x".repeat(1_000) },
      { type: "confirm", id: "t1", extra: true },
      { type: "tick", id: "t1", index: -1, on: true },
      { type: "tick", id: "t1", index: 1.5, on: true },
      { type: "receive", invitation: "x".repeat(5_000) },
      { type: "drop", uris: Array.from({ length: 2_000 }, () => "file:///a") },
      { type: "__proto__" },
      JSON.parse('{"type":"send","__proto__":{"admin":true}}'),
    ];
    for (const message of junk) messages.fire(message);
    assert.deepEqual(received, []);
    assert.deepEqual(posted, []);
    view.dispose();
  });

  it("passes on what is well-formed", () => {
    const { messages, received, view } = open();
    messages.fire({ type: "confirm", id: "t1" });
    assert.deepEqual(received, [{ type: "confirm", id: "t1" }]);
    view.dispose();
  });

  it("posts to no view that is gone", () => {
    const { view, disposed, posted } = open();
    disposed.fire();
    view.refresh();
    assert.deepEqual(posted, []);
    assert.equal(view.visible, false);
    view.dispose();
  });
});
