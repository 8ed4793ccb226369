import assert from "node:assert/strict";
import { parseViewMessage } from "../../../src/bridge/messages";
import { panelPage } from "../../../src/bridge/page";
import { canRetry } from "../../../src/bridge/retry";
import { droppedUris } from "../../../webview/panel/drop";
import { qrShape } from "../../../webview/ui/qr";
import { longEnough, spelled } from "../../../webview/ui/transfer/code";
import { readQr } from "../../support/qr";

describe("QR code", () => {
  it("reads as what was drawn", () => {
    const link = "http://192.168.1.5:4711/#k7qm-3x9d-t2v7";
    assert.equal(readQr(qrShape(link)), link);
  });
});

describe("view: small parts", () => {
  it("spells a code letter by letter with a pause for each dash", () => {
    assert.equal(spelled("k7qm-3x9d-t2v7"), "k 7 q m, 3 x 9 d, t 2 v 7");
  });

  it("asks about an invitation once it has twelve symbols", () => {
    assert.equal(longEnough("k7qm-3x9d-t2v"), false);
    assert.equal(longEnough("k7qm 3x9d t2v7"), true);
  });

  const drop = (lists: Record<string, string>) =>
    droppedUris({ getData: (type) => lists[type] ?? "" });

  it("prefers VS Code's own list of a drop, which names remote files", () => {
    const lists = {
      "application/vnd.code.uri-list": "vscode-remote://ssh/a",
      "text/uri-list": "file:///b",
    };
    assert.deepEqual(drop(lists), ["vscode-remote://ssh/a"]);
  });

  it("takes no web addresses, comments, plain text, or more than a message may hold", () => {
    assert.deepEqual(drop({ "text/uri-list": "#x\nhttps://a/\nhello\nfile:///b" }), ["file:///b"]);
    const many = Array.from({ length: 1001 }, (_, i) => `file:///${i}`);
    assert.deepEqual(drop({ "text/uri-list": many.join("\n") }), []);
    assert.deepEqual(drop({ "text/uri-list": `file:///${"a".repeat(8192)}` }), []);
  });

  it("retries a receiver only while its code is good", () => {
    assert.equal(canRetry("receiver", "E_RELAY_UNREACHABLE", true), true);
    assert.equal(canRetry("receiver", "E_VERIFY_REJECTED", true), false);
    assert.equal(canRetry("receiver", "E_CODE_WRONG", true), true);
    assert.equal(canRetry("receiver", "E_CODE_WRONG", false), false, "the same code again");
    assert.equal(canRetry("sender", "E_CODE_EXPIRED", true), true);
    assert.equal(canRetry("sender", "E_NOTHING_TO_SEND", true), false);
    assert.equal(canRetry("sender", "E_VERIFY_REJECTED", true), false);
  });
});

describe("view: document", () => {
  const page = {
    title: 'A "title" <b>',
    language: "uk",
    cspSource: "https://*.vscode-cdn.net",
    nonce: "bm9uY2U",
    script: "https://x/main.js",
    style: "https://x/panel.css",
  };

  it("lets nothing run or load but its script, style and font", () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(panelPage(page))?.[1];
    assert.equal(
      policy,
      "default-src 'none'; script-src 'nonce-bm9uY2U'; style-src https://*.vscode-cdn.net; " +
        "font-src https://*.vscode-cdn.net; base-uri 'none'; form-action 'none'",
    );
  });

  it("takes what it is given for text", () => {
    assert.match(panelPage(page), /<title>A &quot;title&quot; &lt;b&gt;<\/title>/);
  });
});

describe("messages of the view", () => {
  it("are refused when they are not exactly what the contract says", () => {
    const junk: unknown[] = [
      undefined,
      "send",
      [],
      { type: "eval" },
      { type: "send", more: 1 },
      { type: "tick", id: "t", index: -1, on: true },
      { type: "tick", id: "t", index: 0.5, on: true },
      { type: "tick", id: "x".repeat(65), index: 0, on: true },
      { type: "receive", invitation: "x".repeat(2049) },
      { type: "drop", uris: Array.from({ length: 1001 }, () => "file:///a") },
      { type: "copy", id: "t", what: "secret" },
      { type: "__proto__" },
    ];
    for (const message of junk) assert.equal(parseViewMessage(message), undefined);
  });
});
