import { format } from "../../l10n/message";
import { type Failure, SecureShareError } from "../core/errors";
import type { Journal } from "../core/ports";
import type { Offer, OfferDecision, ReceiverUi, Summary } from "../core/session/events";
import type { ReceiverPorts } from "../core/session/transfer";
import { type Invitation, parseInvitation, relayAddress } from "../core/wire/invitation";
import type { Transfer } from "../node/state/transfer";
import type { Decision } from "./answers/answers";
import { ask, askKey, type Terminal } from "./answers/terminal";
import { askChanged } from "./conversation";
import { keeping } from "./keptTransfer";
import { inspectOffer } from "./offer";
import { KEEP_FOR, usage } from "./options";
import type { Parts } from "./parts";
import type { ReceiveRequest } from "./requests";
import type { SessionWatch } from "./session";
import type { Texts } from "./texts";
import type { TransferContext } from "./transferRun";

export interface TakingContext extends TransferContext {
  /** Absolute path of the folder to receive into. */
  readonly folder: string;
}

export interface ReceiveContext extends TakingContext {
  readonly texts: Texts;
  /** `SECURESHARE_CODE` */
  readonly environmentCode: string | undefined;
}

/** Receives, from the code to the end of the transfer. */
export async function receive(request: ReceiveRequest, context: ReceiveContext): Promise<Summary> {
  const { conversation, signal } = context;
  const given = request.invitation ?? context.environmentCode;
  const invitation = await findInvitation(given, context);
  const relays = await findRelays(request, invitation, given, context);
  try {
    return await run(request, context, invitation, relays);
  } catch (error) {
    const { terminal } = conversation;
    const unknown = error instanceof SecureShareError && error.code === "E_CODE_UNKNOWN";
    // The sender's screen may show the address of a relay that we were not told of.
    if (!unknown || terminal === undefined || invitation.relay !== undefined) throw error;
    return run(request, context, invitation, [await askRelay(terminal, signal)]);
  }
}

async function run(
  request: ReceiveRequest,
  context: ReceiveContext,
  { code }: Invitation,
  relays: readonly string[],
): Promise<Summary> {
  const { parts, conversation, signal, watch, automated } = context;
  const { verify, keepForMs } = request;
  const { controls } = conversation;
  const options = { code, relays, verify, automated, keepForMs, controls };
  // After a drop, relays of our own serve as well as the one that came with the code.
  for (const relay of request.relays) controls.addRelay(relay);
  const ui = receiverUi(context);
  if (keepForMs === 0) return parts.receiveTransfer(forgetfulPorts(parts), options, ui, signal);
  await parts.transfers.expire(Math.max(keepForMs, KEEP_FOR));
  const transfer = await parts.transfers.create();
  return keeping(transfer, watch, (journal) =>
    parts.receiveTransfer(journalPorts(parts, transfer, journal), options, ui, signal),
  );
}

function forgetfulPorts(parts: Parts): ReceiverPorts {
  const { attempts, spool } = parts;
  const sink = (folder: string) => parts.sink(folder, undefined);
  return { ...parts.ports, attempts, spool, sink };
}

/** The same, with all that a later run needs in the transfer's folder. */
export function journalPorts(parts: Parts, transfer: Transfer, journal: Journal): ReceiverPorts {
  const { attempts } = parts;
  const spool = () => transfer.offerSpool();
  const sink = (folder: string) => parts.sink(folder, journal.note);
  return { ...parts.ports, attempts, spool, sink, journal };
}

/** @throws E_CODE_MISTYPED, E_USAGE */
async function findInvitation(
  given: string | undefined,
  { conversation: { terminal, reporter }, texts, signal }: ReceiveContext,
): Promise<Invitation> {
  if (given !== undefined) return parseInvitation(given);
  if (terminal === undefined) throw usage(texts.usageNoCode);
  for (;;) {
    try {
      return parseInvitation(await ask(terminal, texts.askCode, signal));
    } catch (error) {
      // A slip is caught here and costs nothing: ask again.
      if (!(error instanceof SecureShareError) || error.code !== "E_CODE_MISTYPED") throw error;
      await reporter.report({ event: "error", failure: error.failure });
    }
  }
}

async function findRelays(
  request: ReceiveRequest,
  { relay }: Invitation,
  given: string | undefined,
  { conversation: { terminal }, texts, signal }: ReceiveContext,
): Promise<readonly string[]> {
  if (relay !== undefined) {
    const fromLink = given?.includes("#") === true && !request.relays.includes(relay);
    if (fromLink && terminal !== undefined) await confirmRelay(terminal, relay, signal);
    return [relay];
  }
  if (request.relays.length > 0) return request.relays;
  if (terminal === undefined) throw usage(texts.usageNoRelay);
  return [await askRelay(terminal, signal)];
}

/** A link may come from anybody: its relay is shown before we connect to it. */
async function confirmRelay(terminal: Terminal, relay: string, signal: AbortSignal): Promise<void> {
  const { texts, language } = terminal;
  const question = format(language, texts.askLinkRelay, { relay });
  const keys = { yes: texts.keysYes, no: texts.keysNo };
  if ((await askKey(terminal, question, keys, signal)) === "no")
    throw new SecureShareError("E_CANCELLED", { by: "us" });
}

async function askRelay(terminal: Terminal, signal: AbortSignal): Promise<string> {
  for (;;) {
    const address = relayAddress(await ask(terminal, terminal.texts.askRelay, signal));
    if (address !== undefined) return address;
  }
}

export function receiverUi(context: TakingContext): ReceiverUi {
  const { conversation, watch } = context;
  return {
    event: watch.event,
    async verify(question, signal) {
      const { mode, peer, digits } = question;
      await conversation.reporter.report({ event: "verify", mode, digits, peer });
      return conversation.answers.verify(question, undefined, signal);
    },
    decide: (offer, signal) => decide(offer, context, signal),
    changed: (question, signal) => askChanged(conversation, true, question, signal),
  };
}

async function decide(
  offer: Offer,
  { conversation: { reporter, answers }, watch, folder }: TakingContext,
  signal: AbortSignal,
): Promise<OfferDecision> {
  const looked = await inspectOffer(offer, folder);
  await reporter.report({ event: "offer", offer: looked });
  const decision = await answers.decide(looked, signal);
  const [refused] = looked.inspection.refused;
  if (decision.kind === "declined") {
    // Nothing that could be taken: the names are why, not our user.
    if (refused !== undefined && looked.inspection.refused.size === offer.manifest.length)
      watch.fallShort(await nameRefused(offer, refused));
    return decision;
  }
  await reportLeft(decision, watch);
  const { items, conflict } = decision;
  return { kind: "accepted", folder: decision.offer.folder, items, conflict };
}

async function nameRefused(
  { manifest }: Offer,
  [index, reason]: readonly [number, string],
): Promise<Failure> {
  const { path } = await manifest.get(index);
  return { code: "E_NAME_REFUSED", details: { path, reason } };
}

/** What was offered and is not taken, as far as a rule and not a person left it out. */
async function reportLeft(
  { offer: { offer, inspection }, items }: Extract<Decision, { kind: "accepted" }>,
  watch: SessionWatch,
): Promise<void> {
  for (const [index, reason] of inspection.refused) {
    watch.left(await offer.manifest.get(index), reason);
    watch.fallShort(await nameRefused(offer, [index, reason]));
  }
  for (const index of inspection.dangerous)
    if (!items.has(index) && !inspection.refused.has(index))
      watch.left(await offer.manifest.get(index), "dangerous");
}
