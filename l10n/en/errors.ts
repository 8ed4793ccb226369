import type { ErrorCode, Side } from "../../src/core/errors";
import type { Message } from "../message";

/** What happened, by error code. Placeholders are the names of the error's details. */
export const errorTexts = {
  E_USAGE: "This could not be understood: {reason}.",
  E_NOTHING_TO_SEND: "There is nothing to send.",
  E_OFFER_TOO_LARGE: "This is too much for one transfer ({items} items).",
  E_RELAY_UNREACHABLE: "The relay {relay} cannot be reached.",
  E_CANNOT_LISTEN: "A relay cannot listen at {address} on this computer ({reason}).",
  E_PROXY: "The proxy does not pass on the connection to {relay} ({reason}).",
  E_PROXY_LOGIN: "The proxy on the way to {relay} asks for a user name and a password.",
  E_CERTIFICATE: "The certificate of {relay} is not trusted on this computer ({reason}).",
  E_CERTIFICATE_REPLACED:
    "The certificate that came through the proxy for {relay} is not trusted on this computer ({reason}); the proxy may have put its own in place of the relay's.",
  E_RELAY_REFUSED: "The relay {relay} refused the connection (close code {closeCode}).",
  E_RELAY_FULL: "The relay {relay} is full or busy.",
  E_RELAY_PROTOCOL: "{relay} does not answer as a SecureShare relay.",
  E_CODE_MISTYPED: "The code is mistyped: it does not fit its own check symbol.",
  E_CODE_UNKNOWN: "Nobody is waiting with this code.",
  E_CODE_WRONG: "The code is wrong.",
  E_CODE_USED_UP: "The code is used up: three wrong attempts were made with it.",
  E_CODE_EXPIRED: "The code has expired: it was valid for {minutes} min.",
  E_CODE_ATTEMPTS: "This computer has used its three attempts at this code.",
  E_ROOM_OCCUPIED: "Someone else is using this code already.",
  E_VERSION: "The other side runs a version of SecureShare that does not fit this one.",
  E_HANDSHAKE: "No secure connection to the other side could be made.",
  E_VERIFY_REJECTED: "The verification codes were rejected {by}.",
  E_DECLINED: "The offer was declined {by}.",
  E_CANCELLED: "The transfer was cancelled {by}.",
  E_INTERRUPTED: "The transfer was interrupted: {reason}.",
  E_RESUME_LOST: "This transfer cannot be resumed: the key that protects its memory is gone.",
  E_PROTOCOL: "The other side broke the rules of the protocol: {reason}.",
  E_TAMPERED: "Data was changed on its way.",
  E_NOT_ALL_WRITTEN: "{failed} of the accepted items could not be written on the other computer.",
  E_INTEGRITY: "What arrived of “{path}” is not what was sent.",
  E_DISK_FULL: "The disk is full: “{path}” could not be written.",
  E_NO_SPACE: "There is too little free space: {needed} needed, {free} free.",
  E_PERMISSION: "Access to “{path}” is not permitted.",
  E_DISK: "“{path}” could not be read or written: {reason}.",
  E_SOURCE_VANISHED: "“{path}” is no longer there.",
  E_SOURCE_CHANGED: "“{path}” changed while it was being sent.",
  E_FILE_TOO_LARGE:
    "“{path}” is too large: what does not lie on a disk can be sent up to {limit} a file.",
  E_NAME_REFUSED: "The name “{path}” cannot be used here: {reason}.",
  E_TARGET_EXISTS: "“{path}” exists already.",
  E_INTERNAL: "Something went wrong inside SecureShare: {reason}.",
} as const satisfies Record<ErrorCode, Message>;

/** What to do about it. */
export const remedies = {
  E_USAGE: "Correct it and try again.",
  E_NOTHING_TO_SEND: "Choose at least one file or folder that is not left out.",
  E_OFFER_TOO_LARGE: "Send it in several parts, or pack it into one archive first.",
  E_RELAY_UNREACHABLE:
    "Check the address and the network; on the same network, check the firewall of the computer that runs the relay.",
  E_CANNOT_LISTEN:
    "Choose another port, or 0 for any free one, and an address that this computer has; or end the program that has the port.",
  E_PROXY:
    "Check the proxy's address and ask its administrator to allow the relay, or except the relay from the proxy (http.noProxy in VS Code, NO_PROXY on the command line).",
  E_PROXY_LOGIN:
    "Put them into the proxy's address, as http://USER:PASSWORD@PROXY:PORT (http.proxy in VS Code, HTTPS_PROXY on the command line).",
  E_CERTIFICATE:
    "If the relay's certificate comes from an authority of your own, make this computer trust that authority (on the command line, NODE_EXTRA_CA_CERTS names its file too); otherwise ask who runs the relay.",
  E_CERTIFICATE_REPLACED:
    "If your organisation's proxy opens encrypted connections, make this computer trust its authority (on the command line, NODE_EXTRA_CA_CERTS names its file too) or except the relay from the proxy; otherwise use another network.",
  E_RELAY_REFUSED: "Try again later, use another relay, or ask the operator of this one.",
  E_RELAY_FULL: "Try again in a few minutes, or use another relay.",
  E_RELAY_PROTOCOL: "Check the address: another program may be answering there.",
  E_CODE_MISTYPED: "Compare it with the sender's screen and type it again.",
  E_CODE_UNKNOWN:
    "Check that the sender is still waiting and uses the same relay; if it shows an address beside the code, enter both.",
  E_CODE_WRONG: "Compare it with the sender's screen and try again.",
  E_CODE_USED_UP:
    "Send again and give out the new code; if nobody mistyped it, someone may have been guessing.",
  E_CODE_EXPIRED: "Send again and give out the new code.",
  E_CODE_ATTEMPTS: "Ask the sender for a new code.",
  E_ROOM_OCCUPIED: "Ask the sender for a new code, and who else has the old one.",
  E_VERSION: "Update SecureShare on both sides and try again.",
  E_HANDSHAKE: "Try again with a new code; if it goes on, use another relay or network.",
  E_VERIFY_REJECTED:
    "If the codes were different, someone may be in the middle: send nothing over this relay until you know why.",
  E_DECLINED: "Agree with the other side on what to send, then send again.",
  E_CANCELLED: "Start again when both sides are ready.",
  E_INTERRUPTED: "Start again; if the connection was lost, check the network on both sides first.",
  E_RESUME_LOST: "Start a new transfer with a new code.",
  E_PROTOCOL: "Update SecureShare on both sides; if it goes on, do not trust the other side.",
  E_TAMPERED: "Try again over another relay or network; nothing that was changed has been kept.",
  E_NOT_ALL_WRITTEN: "Look at the list on the other computer, then send those items again.",
  E_INTEGRITY: "Send this file again; the damaged copy has been removed.",
  E_DISK_FULL: "Free some space or choose another folder, then receive again.",
  E_NO_SPACE: "Free some space, choose another folder, or take fewer files.",
  E_PERMISSION: "Check the permissions, or choose another folder.",
  E_DISK: "Check the disk and the folder, then try again.",
  E_SOURCE_VANISHED: "Put it back or choose again, then send again.",
  E_SOURCE_CHANGED: "Wait until nothing writes to it, then send it again.",
  E_FILE_TOO_LARGE: "Save it to a folder on this computer and send it from there.",
  E_NAME_REFUSED: "Ask the sender to rename it.",
  E_TARGET_EXISTS: "Choose another folder, or let it be renamed or overwritten.",
  E_INTERNAL: "Try again; if it goes on, report it with the transfer's log.",
} as const satisfies Record<ErrorCode, Message>;

/** Fills `{by}` in. */
export const sides = {
  us: "on this side",
  peer: "on the other side",
} as const satisfies Record<Side, Message>;
