/** Entry point of the view: joins the panel to the document and to the extension host. */
import type { HostMessage, ViewMessage } from "../../src/bridge/messages";
import { makeRoot } from "../ui/root";
import { Panel } from "./panel";

/** Given by VS Code; may be called once in a document's life. */
declare function acquireVsCodeApi(): { postMessage(message: ViewMessage): void };

function isHostMessage(data: unknown): data is HostMessage {
  if (typeof data !== "object" || data === null || !("type" in data)) return false;
  return data.type === "state" || data.type === "checked";
}

function start(): void {
  const host = acquireVsCodeApi();
  const panel = new Panel({
    window,
    ...makeRoot(document),
    post: (message) => host.postMessage(message),
  });
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) panel.receive(data);
  });
  host.postMessage({ type: "ready" });
}

start();
