import assert from "node:assert/strict";
import { Uri } from "vscode";
import { commandFiles, droppedFiles } from "../../../src/host/uris";

const shown = (uris: readonly Uri[]) => uris.map((uri) => uri.toString());

describe("what is chosen to be sent", () => {
  it("is all that was selected, else the one that the menu was opened on, else nothing", () => {
    const [one, other] = [Uri.file("/a"), Uri.file("/b")];
    assert.deepEqual(commandFiles(one, [one, other]), [one, other]);
    assert.deepEqual(commandFiles(one, undefined), [one]);
    assert.deepEqual(commandFiles(undefined, undefined), []);
    assert.deepEqual(commandFiles("/a", [1, {}]), []);
  });

  it("is dropped by its address; what has none is no file", () => {
    const dropped = ["file:///a%20b", "/no/address", "", "git:/c?%7B%7D", "file:////server/share"];
    assert.deepEqual(shown(droppedFiles(dropped, false)), ["file:///a%20b", "git:/c?%7B%7D"]);
  });

  it("lies beside this host in a remote window, and never on the user's own computer", () => {
    const dropped = ["vscode-remote://ssh-remote%2Bbox/a", "file:///a", "git:/c?%7B%7D"];
    assert.deepEqual(shown(droppedFiles(dropped, true)), ["file:///a", "git:/c?%7B%7D"]);
    assert.deepEqual(droppedFiles(["file:///etc/passwd"], true), []);
  });
});
