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
 * scheme, under which the extension host beside the files sees plain ones.
 */
export function droppedFiles(texts: readonly string[], isRemote: boolean): Uri[] {
  return texts.flatMap((text) => {
    if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return [];
    const uri = Uri.parse(text);
    return isRemote && uri.scheme === "vscode-remote" ? [Uri.file(uri.path)] : [uri];
  });
}

/** A provider is known for it; where that has gone meanwhile, reading it fails. */
export function isReadable({ scheme }: Uri): boolean {
  return scheme === "file" || workspace.fs.isWritableFileSystem(scheme) !== undefined;
}
