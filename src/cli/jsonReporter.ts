import { EXIT_CODES, type Failure } from "../core/errors";
import type { InspectedOffer } from "./offer";
import type { Report, Reporter } from "./report";

export interface Explained {
  readonly message: string;
  readonly remedy: string;
}

/**
 * `--json`: one object a line, in the shapes of docs/CLI.md. Steps are for people and have
 * no line.
 * @param write takes pieces of lines; an offer's line may be long and comes in many
 */
export function jsonReporter(
  write: (text: string) => void,
  explain: (failure: Failure) => Explained,
): Reporter {
  let busy: Promise<void> = Promise.resolve();
  const line = (value: object) => write(`${encode(value)}\n`);
  const say = async (report: Report) => {
    if (report.event === "offer") await writeOffer(write, report.offer);
    else for (const value of values(report, explain)) line(value);
  };
  return {
    report(report) {
      const said = busy.then(() => say(report));
      // An offer whose pages cannot be read fails its own report, not those behind it.
      busy = said.catch(() => undefined);
      return said;
    },
  };
}

function values(
  report: Exclude<Report, { event: "offer" }>,
  explain: (failure: Failure) => Explained,
): object[] {
  switch (report.event) {
    case "step":
      return [];
    case "contents":
      return report.leftOut.named.map(({ path, reason }) => ({
        event: "file",
        path,
        bytes: 0,
        sha256: null,
        outcome: "left-out",
        reason,
      }));
    case "code": {
      const { event, code, link, relay, expiresAt } = report;
      return [{ event, code, link, relay, expiresAt: new Date(expiresAt).toISOString() }];
    }
    case "verify": {
      const { event, mode, digits } = report;
      const { policy, automated } = report.peer;
      return [{ event, code: digits ?? null, mode, peer: { policy, automated } }];
    }
    case "progress": {
      const { event, bytes, totalBytes, bytesPerSecond } = report;
      const speed = Math.round(bytesPerSecond);
      return [{ event, bytes, totalBytes, bytesPerSecond: speed, path: "relay" }];
    }
    case "file":
      return [{ ...report, sha256: report.sha256 ?? null }];
    case "error": {
      const { event, failure } = report;
      return [
        { event, code: failure.code, ...explain(failure), exitCode: EXIT_CODES[failure.code] },
      ];
    }
    case "peer":
    case "text":
    case "interrupted":
    case "resumed":
    case "changed":
    case "paused":
    case "relay":
    case "forgotten":
      return [report];
    case "transfer": {
      const { createdAt, touchedAt, sizes, ...rest } = report;
      const at = (time: number) => new Date(time).toISOString();
      return [{ ...rest, ...sizes, createdAt: at(createdAt), touchedAt: at(touchedAt) }];
    }
    case "done":
      return [{ ...report, seconds: Math.round(report.seconds * 1000) / 1000 }];
  }
}

/** Page by page, so that a million items never stand in memory as one text. */
async function writeOffer(write: (text: string) => void, offer: InspectedOffer): Promise<void> {
  const { manifest } = offer.offer;
  const { refused, dangerous, conflicts, freeBytes } = offer.inspection;
  write('{"event":"offer","items":[');
  for await (const [index, item] of manifest.items()) {
    const entry = {
      path: item.path,
      bytes: item.size,
      kind: item.kind,
      dangerous: dangerous.has(index) || undefined,
      exists: conflicts.has(index) || undefined,
      refused: refused.get(index),
    };
    write(`${index === 0 ? "" : ","}${encode(entry)}`);
  }
  const rest = { totalBytes: manifest.totalBytes, folder: offer.folder, freeBytes };
  write(`],${encode(rest).slice(1)}\n`);
}

/**
 * JSON in which no control or direction-changing character stands raw: names come from
 * another computer, and the lines may end on a terminal. They parse to the same values.
 */
function encode(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
