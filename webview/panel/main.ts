/** Entry point of the view: joins the panel to the document and to the extension host. */
import type { HostMessage, ViewMessage } from "../../src/bridge/messages";
import { Panel } from "./panel";

/** Given by VS Code; may be called once in a document's life. */
declare function acquireVsCodeApi(): { postMessage(message: ViewMessage): void };

function isHostMessage(data: unknown): data is HostMessage {
  if (typeof data !== "object" || data === null || !("type" in data)) return false;
  return data.type === "state" || data.type === "checked";
}

function start(): void {
  const host = acquireVsCodeApi();
  const root = document.createElement("div");
  const announcer = document.createElement("div");
  root.id = "root";
  announcer.className = "spoken";
  announcer.setAttribute("role", "status");
  document.body.append(root, announcer);
  const panel = new Panel({
    window,
    root,
    announcer,
    post: (message) => host.postMessage(message),
  });
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) panel.receive(data);
  });
  // Custom elements act on Space when it goes down; the page must not scroll as well.
  window.addEventListener("keydown", (event) => {
    const pressed = event.target instanceof Element && event.target.localName === "vscode-button";
    if (event.key === " " && pressed) event.preventDefault();
  });
  host.postMessage({ type: "ready" });
}

start();
