/** `resume`: goes on with what a former run left, on either side; lists and forgets. */
import { resolve } from "node:path";
import { SecureShareError } from "../core/errors";
import type { ReceiverDocument, SenderDocument } from "../core/files/journal";
import { Manifest } from "../core/files/manifest";
import type { Journal } from "../core/ports";
import type { Summary } from "../core/session/events";
import type { Transfer } from "../node/state/transfer";
import { answerWay, openReporter } from "./conversation";
import { findTransfer, knownTransfer } from "./findTransfer";
import { keeping } from "./keptTransfer";
import { usage } from "./options";
import { type Place, withOwnRelay } from "./ownRelay";
import type { Parts } from "./parts";
import { journalPorts, receiverUi } from "./receive";
import type { ResumeRequest } from "./requests";
import { senderUi } from "./send";
import type { Speech } from "./texts";
import { runTransfer, type Surroundings, type TransferContext } from "./transferRun";

/** @throws E_USAGE, E_DISK, E_PERMISSION before a transfer is begun; then as `runTransfer` */
export async function resume(
  request: ResumeRequest,
  surroundings: Surroundings,
  speech: Speech,
): Promise<number> {
  const parts = await surroundings.parts();
  const { reporter } = openReporter(surroundings, speech, request);
  await parts.transfers.expire(request.keepForMs);
  const listed = await parts.transfers.list();
  if (request.action === "list") {
    for (const one of listed) await reporter.report({ event: "transfer", ...knownTransfer(one) });
    return 0;
  }
  const { id } = (await findTransfer(request, listed, reporter, speech)).document;
  if (request.action === "forget") {
    if (!(await parts.transfers.forget(id))) throw usage(speech.texts.usageRunning);
    await reporter.report({ event: "forgotten", id });
    return 0;
  }
  return goOn(request, id, surroundings, speech, parts);
}

async function goOn(
  request: ResumeRequest,
  id: string,
  surroundings: Surroundings,
  speech: Speech,
  parts: Parts,
): Promise<number> {
  const opened = await parts.transfers.open(id);
  if (opened.kind === "running") throw usage(speech.texts.usageRunning);
  const document = opened.kind === "opened" ? opened.transfer.document : undefined;
  if (opened.kind === "missing" || document === undefined) throw usage(speech.texts.usageNoSuch);
  const { transfer } = opened;
  try {
    const way = answerWay(needsOf(request, document), surroundings, speech);
    // From here on, what is not finished goes on later.
    surroundings.interruption.moving();
    return await runTransfer(request, way, surroundings, speech, parts, (context) => {
      for (const relay of request.relays) context.conversation.controls.addRelay(relay);
      return keeping(transfer, context.watch, (journal) =>
        document.role === "sender"
          ? resumeSender(request, document, transfer, journal, context)
          : resumeReceiver(request, document, transfer, journal, {
              ...context,
              folder: resolve(surroundings.cwd, request.folder),
            }),
      );
    });
  } finally {
    await transfer.close();
  }
}

function needsOf({ yes, json }: ResumeRequest, document: SenderDocument | ReceiverDocument) {
  const { verify, verified, role } = document;
  const answered = verified && (role === "sender" || document.accepted !== null);
  const types = role === "sender" && verify === "type" && !verified;
  return { yes, json, verify, types, stdinTaken: false, answered };
}

async function resumeSender(
  { keepForMs }: ResumeRequest,
  document: SenderDocument,
  { path }: Transfer,
  journal: Journal,
  { parts, conversation, watch, signal, automated }: TransferContext,
): Promise<Summary> {
  const found = await parts.restoreSource(path);
  if (found === undefined) throw new SecureShareError("E_RESUME_LOST", {});
  const ports = { ...parts.ports, source: found.source, journal };
  const { controls, reporter } = conversation;
  const { verify, padding, embedded, relays } = document;
  const run = (own: readonly string[], claim?: string) => {
    const options = { relays: own, verify, automated, padding, keepForMs, controls };
    const ui = senderUi(conversation, watch);
    const all = { ...options, codeLifetimeMs: 0, ...(claim && { claim }) };
    return parts.resumeSending(ports, all, document, ui, signal);
  };
  try {
    if (embedded === null) return await run(relays);
    return await withOwnRelay(parts, placesFor(embedded, parts), async ({ url, claim }) => {
      if (url !== embedded) await reporter.report({ event: "relay", relay: url });
      controls.addRelay(url);
      return run([url], claim);
    });
  } finally {
    await found.dispose();
  }
}

/** Where the other side looks for us; else as near to it as can be had. */
function placesFor(embedded: string, parts: Parts): readonly Place[] {
  const { hostname, port } = new URL(embedded);
  const host = hostname.replace(/^\[|\]$/g, "");
  return [
    { host, port: Number(port) },
    { host, port: 0 },
    { host: parts.networkHost(), port: 0 },
  ];
}

async function resumeReceiver(
  { keepForMs }: ResumeRequest,
  document: ReceiverDocument,
  transfer: Transfer,
  journal: Journal,
  context: TransferContext & { readonly folder: string },
): Promise<Summary> {
  const { parts, conversation, signal, automated } = context;
  const ports = journalPorts(parts, transfer, journal);
  const kept = document.offered ? await transfer.restoreOffer() : new Manifest(parts.spool());
  if (kept === undefined) throw new SecureShareError("E_RESUME_LOST", {});
  const { known, settled } = transfer;
  const eachSettled: Transfer["eachSettled"] = (take) => transfer.eachSettled(take);
  const past = { manifest: kept, known, settled, eachSettled };
  const { relays, verify } = document;
  const options = { relays, verify, automated, keepForMs, controls: conversation.controls };
  return parts.resumeReceiving(ports, options, document, past, receiverUi(context), signal);
}
