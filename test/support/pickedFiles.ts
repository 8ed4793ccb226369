import type { Page } from "playwright-core";

/** What lies in the folder that the page has picked: SHA-256 by path, or "folder". */
export function pickedFiles(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const found: Record<string, string> = {};
    const look = async (folder: FileSystemDirectoryHandle, above: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle instanceof FileSystemDirectoryHandle) {
          found[above + name] = "folder";
          await look(handle, `${above}${name}/`);
        } else {
          const content = await (await handle.getFile()).arrayBuffer();
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
          found[above + name] = Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
        }
      }
    };
    const root = await navigator.storage.getDirectory();
    await look(await root.getDirectoryHandle("picked"), "");
    return found;
  });
}
