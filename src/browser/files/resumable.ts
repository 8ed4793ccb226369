/** A sink that ends with its tab: there is no later run that could go on with it. */
import type { ResumableSink, Sink } from "../../core/ports";

export function endingWithTab(sink: Sink): ResumableSink {
  return {
    inspect: (manifest, signal) => sink.inspect(manifest, signal),
    begin: (manifest, accepted, conflict) => sink.begin(manifest, accepted, conflict),
    resume: (manifest, accepted, conflict) => sink.begin(manifest, accepted, conflict),
    wasPublished: async () => false,
    open: (index, item) => sink.open(index, item),
    reopen: async () => undefined,
    folder: (index, item) => sink.folder(index, item),
    finish: () => sink.finish(),
    suspend: () => sink.abort(),
    abort: () => sink.abort(),
  };
}
