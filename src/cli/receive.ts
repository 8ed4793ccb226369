import { format } from "../../l10n/message";
import { type Failure, SecureShareError } from "../core/errors";
import type { Offer, OfferDecision, ReceiverUi, Summary } from "../core/session/events";
import { type Invitation, parseInvitation, relayAddress } from "../core/wire/invitation";
import type { Decision } from "./answers/answers";
import { ask, askKey, type Terminal } from "./answers/terminal";
import type { Conversation } from "./conversation";
import { inspectOffer } from "./offer";
import { usage } from "./options";
import type { Parts } from "./parts";
import type { ReceiveRequest } from "./requests";
import type { SessionWatch } from "./session";
import type { Texts } from "./texts";

export interface ReceiveContext {
  readonly parts: Parts;
  readonly conversation: Conversation;
  readonly signal: AbortSignal;
  readonly texts: Texts;
  /** `SECURESHARE_CODE` */
  readonly environmentCode: string | undefined;
  readonly watch: SessionWatch;
  /** Absolute path of the folder to receive into. */
  readonly folder: string;
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

function run(
  request: ReceiveRequest,
  context: ReceiveContext,
  { code }: Invitation,
  relays: readonly string[],
): Promise<Summary> {
  const { parts, conversation, signal } = context;
  const { attempts, spool, sink } = parts;
  const automated = conversation.way === "script" || conversation.way === "nobody";
  return parts.receiveTransfer(
    { ...parts.ports, attempts, spool, sink },
    { code, relays, verify: request.verify, automated, keepForMs: 0 },
    receiverUi(context),
    signal,
  );
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

function receiverUi(context: ReceiveContext): ReceiverUi {
  const { conversation, watch } = context;
  return {
    event: watch.event,
    async verify(question, signal) {
      const { mode, peer, digits } = question;
      await conversation.reporter.report({ event: "verify", mode, digits, peer });
      return conversation.answers.verify(question, undefined, signal);
    },
    decide: (offer, signal) => decide(offer, context, signal),
  };
}

async function decide(
  offer: Offer,
  { conversation: { reporter, answers }, watch, folder }: ReceiveContext,
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
