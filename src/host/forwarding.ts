import { env, Uri } from "vscode";
import { toSecureShareError } from "../core/errors";
import type { Transfer } from "../presenter/transfer";
import { Disposable } from "./disposable";
import { judgeAddress } from "./forwardedAddress";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";

/**
 * In a remote window, asks VS Code for an address by which the user's other windows reach the
 * relay of a sender that waits. It is asked anew for each: what it said earlier may hold no longer,
 * and a tunnel is open for as long as the window that asked for it.
 */
export class Forwarding extends Disposable {
  constructor(
    transfers: TransferList,
    private readonly log: Pick<TransferLog, "fault">,
  ) {
    super();
    this.register(
      transfers.onDidChange(({ transfer, event }) => {
        if (event.kind !== "code" || transfer.state.context.reach === "configured") return;
        this.forward(transfer, event.relay);
      }),
    );
  }

  /** @param relay `ws://HOST:PORT` of the window's own relay, which listens */
  forward(transfer: Transfer, relay: string): void {
    if (env.remoteName === undefined) return;
    forward(transfer, relay).catch((error: unknown) =>
      this.log.fault(toSecureShareError(error).code),
    );
  }
}

async function forward(transfer: Transfer, relay: string): Promise<void> {
  // It takes http only, and no path.
  const local = Uri.parse(`http://localhost:${new URL(relay).port}`);
  const external = await env.asExternalUri(local);
  const forwarded = await judgeAddress(external.toString(true));
  if (forwarded !== undefined) transfer.forwardedAs(forwarded);
}
