/** What a drop from the Explorer or the system holds for us. */

/** VS Code's own list comes first: it names remote files too. One URI a line (RFC 2483). */
const TYPES = ["application/vnd.code.uri-list", "text/uri-list"] as const;
/** The contract's bounds for a drop. */
const URIS_MAX = 1000;
const URI_MAX = 8192;

/** The URIs of dropped files; empty when there are none, or more than a message may hold. */
export function droppedUris(data: Pick<DataTransfer, "getData">): readonly string[] {
  for (const type of TYPES) {
    const uris = fileUris(data.getData(type));
    if (uris.length > 0) return uris.length <= URIS_MAX ? uris : [];
  }
  return [];
}

function fileUris(list: string): string[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /^[a-z][a-z0-9+.-]*:/i.test(line) && !/^(?:https?|data|blob):/i.test(line))
    .filter((line) => line.length <= URI_MAX);
}
