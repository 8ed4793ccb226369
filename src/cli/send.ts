import type { Readable } from "node:stream";
import { SecureShareError } from "../core/errors";
import type { SenderUi, Summary } from "../core/session/events";
import { TEXT_MAX } from "../core/wire/limits";
import type { Conversation } from "./conversation";
import type { FoundSource, OwnRelay, Parts } from "./parts";
import type { SendRequest } from "./requests";
import type { SessionWatch } from "./session";

export interface SendContext {
  readonly parts: Parts;
  readonly conversation: Conversation;
  readonly signal: AbortSignal;
  readonly stdin: Readable;
  readonly watch: SessionWatch;
}

const CLAIM_BYTES = 16;

/** Sends, from the scan of the paths to the end of the transfer. */
export async function send(request: SendRequest, context: SendContext): Promise<Summary> {
  const { parts, conversation, signal, watch } = context;
  const found = await findSource(request, context);
  const { source } = found;
  try {
    const { length: items, totalBytes: bytes } = source.manifest;
    await conversation.reporter.report({ event: "contents", items, bytes, leftOut: found.leftOut });
    return await withRelay(request, parts, (relays, claim) => {
      const options = {
        relays,
        verify: request.verify,
        automated: conversation.way === "script" || conversation.way === "nobody",
        codeLifetimeMs: request.codeLifetimeMs,
        padding: request.padding,
        keepForMs: 0,
        ...(claim === undefined ? {} : { claim }),
      };
      if (claim !== undefined) watch.embedded();
      const ui = senderUi(conversation, watch);
      return parts.sendTransfer({ ...parts.ports, source }, options, ui, signal);
    });
  } finally {
    await found.dispose();
  }
}

async function findSource(
  request: SendRequest,
  { parts, signal, stdin }: SendContext,
): Promise<FoundSource> {
  const { text } = request;
  if (text === undefined) return parts.scan(request, signal);
  return parts.textSource(text === "-" ? await readText(stdin) : text);
}

/** Standard input to its end. @throws E_OFFER_TOO_LARGE */
async function readText(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > TEXT_MAX) throw new SecureShareError("E_OFFER_TOO_LARGE", { items: 1 });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Runs with the given relays, or with one of our own that ends with the transfer. */
async function withRelay<T>(
  request: SendRequest,
  parts: Parts,
  run: (relays: readonly string[], claim: string | undefined) => Promise<T>,
): Promise<T> {
  if (request.relays.length > 0) return run(request.relays, undefined);
  const claim = Buffer.from(parts.ports.random.bytes(CLAIM_BYTES)).toString("base64url");
  const host = request.relayHost ?? parts.networkHost();
  const relay: OwnRelay = await parts.startRelay({ host, port: request.relayPort, claim });
  try {
    return await run([relay.url], claim);
  } finally {
    await relay.close();
  }
}

function senderUi({ reporter, answers }: Conversation, watch: SessionWatch): SenderUi {
  return {
    event: watch.event,
    async verify(question, tries, signal) {
      const typing = question.mode === "type";
      const { mode, peer } = question;
      const digits = typing ? undefined : question.digits;
      await reporter.report({ event: "verify", mode, digits, peer });
      return answers.verify(question, typing ? tries : undefined, signal);
    },
  };
}
