import { env, Uri } from "vscode";
import { toSecureShareError } from "../core/errors";
import type { Transfer } from "../presenter/transfer";
import { Disposable } from "./disposable";
import { judgeAddress } from "./forwardedAddress";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";

/**
 * In a remote window, asks VS Code for an address by which the user's other windows reach the
 * relay of a waiting sender. It is asked anew for each: what it said earlier may hold no longer.
 */
export class Forwarding extends Disposable {
  constructor(transfers: TransferList, log: Pick<TransferLog, "fault">) {
    super();
    if (env.remoteName === undefined) return;
    this.register(
      transfers.onDidChange(({ transfer, event }) => {
        if (event.kind !== "code" || transfer.state.context.reach === "configured") return;
        forward(transfer, event.relay).catch((error: unknown) =>
          log.fault(toSecureShareError(error).code),
        );
      }),
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
