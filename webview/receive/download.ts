/** How long a download may take to begin. Milliseconds. */
const BEGIN = 60_000;

/** Hands a file to the browser, which asks its user or puts it among the downloads. */
export function download(document: Document, name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), BEGIN);
}
