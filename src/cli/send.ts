import { addAbortSignal, type Readable } from "node:stream";
import { SecureShareError } from "../core/errors";
import type { SenderUi, Summary } from "../core/session/events";
import type { SenderPorts } from "../core/session/transfer";
import { TEXT_MAX } from "../core/wire/limits";
import { askChanged, type Conversation } from "./conversation";
import { keeping } from "./keptTransfer";
import { KEEP_FOR, usage } from "./options";
import { withOwnRelay } from "./ownRelay";
import type { FoundSource } from "./parts";
import type { SendRequest } from "./requests";
import type { SessionWatch } from "./session";
import type { Texts } from "./texts";
import type { TransferContext } from "./transferRun";

export interface SendContext extends TransferContext {
  readonly texts: Texts;
  readonly stdin: Readable;
}

/** Sends, from the scan of the paths to the end of the transfer. */
export async function send(request: SendRequest, context: SendContext): Promise<Summary> {
  const { parts, conversation, watch } = context;
  const found = await findSource(request, context);
  const { source } = found;
  try {
    const { length: items, totalBytes: bytes } = source.manifest;
    await conversation.reporter.report({ event: "contents", items, bytes, leftOut: found.leftOut });
    // A text is sent again more easily than it is kept.
    if (request.keepForMs === 0 || request.text !== undefined)
      return await meet(request, context, { ...parts.ports, source });
    await parts.transfers.expire(Math.max(request.keepForMs, KEEP_FOR));
    const transfer = await parts.transfers.create();
    return await keeping(transfer, watch, async (journal) => {
      await found.save(transfer.path);
      return meet(request, context, { ...parts.ports, source, journal });
    });
  } finally {
    await found.dispose();
  }
}

/** With the given relays, or with one of our own that ends with the transfer. */
async function meet(
  request: SendRequest,
  context: SendContext,
  ports: SenderPorts,
): Promise<Summary> {
  const { parts, conversation, signal, watch, automated } = context;
  const { verify, codeLifetimeMs, padding, keepForMs } = request;
  const run = (relays: readonly string[], claim?: string) => {
    const { controls } = conversation;
    const options = { relays, verify, automated, codeLifetimeMs, padding, keepForMs, controls };
    const ui = senderUi(conversation, watch);
    return parts.sendTransfer(ports, { ...options, ...(claim && { claim }) }, ui, signal);
  };
  if (request.relays.length > 0) return run(request.relays);
  watch.embedded();
  const place = { host: request.relayHost ?? parts.networkHost(), port: request.relayPort };
  return withOwnRelay(parts, [place], ({ url, claim }) => run([url], claim));
}

async function findSource(
  request: SendRequest,
  { parts, signal, stdin, texts }: SendContext,
): Promise<FoundSource> {
  const { text } = request;
  if (text === undefined) return parts.scan(request, signal);
  if (text !== "-") return parts.textSource(text);
  const read = decodeText(await readToEnd(stdin, signal));
  // With replacement characters in it, it would not be what was sent.
  if (read === undefined) throw usage(texts.usageTextNotUtf8);
  return parts.textSource(read);
}

/** As it is, with its byte order mark; `undefined` when it is not UTF-8. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Standard input to its end. Rejects when `signal` aborts. @throws E_OFFER_TOO_LARGE */
async function readToEnd(stdin: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, stdin)) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > TEXT_MAX) throw new SecureShareError("E_OFFER_TOO_LARGE", { items: 1 });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function senderUi({ reporter, answers }: Conversation, watch: SessionWatch): SenderUi {
  return {
    event: watch.event,
    async verify(question, tries, signal) {
      const typing = question.mode === "type";
      const { mode, peer } = question;
      const digits = typing ? undefined : question.digits;
      await reporter.report({ event: "verify", mode, digits, peer });
      return answers.verify(question, typing ? tries : undefined, signal);
    },
    changed: (question, signal) => askChanged({ reporter, answers }, false, question, signal),
  };
}
