import { Uri, workspace } from "vscode";

/**
 * What a menu or a keybinding gives to a command: the entry it was called on and, from the
 * Explorer, all selected ones. Anything else (the palette gives nothing) is no file.
 */
export function commandFiles(first: unknown, all: unknown): Uri[] {
  const selected: unknown[] = Array.isArray(all) ? all : [];
  const uris = selected.filter((uri) => uri instanceof Uri);
  if (uris.length > 0) return uris;
  return first instanceof Uri ? [first] : [];
}

/**
 * Files dropped on the view, as the window names them: in a remote window by the remote's
 * scheme, under which the extension host beside the files sees plain ones. A plain one there
 * lies on the user's own computer, out of this host's reach: its path means another file here.
 */
export function droppedFiles(texts: readonly string[], isRemote: boolean): Uri[] {
  return texts.flatMap((text) => {
    if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return [];
    const uri = parsed(text);
    if (uri === undefined) return [];
    if (!isRemote) return [uri];
    if (uri.scheme === "vscode-remote") return [Uri.file(uri.path)];
    return uri.scheme === "file" ? [] : [uri];
  });
}

/** VS Code refuses some, `file:////server/share` for one. */
function parsed(text: string): Uri | undefined {
  try {
    return Uri.parse(text);
  } catch {
    return undefined;
  }
}

/** A provider is known for it; where that has gone meanwhile, reading it fails. */
export function isReadable({ scheme }: Uri): boolean {
  return scheme === "file" || workspace.fs.isWritableFileSystem(scheme) !== undefined;
}
