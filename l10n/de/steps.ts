import type { steps as en } from "../en/steps";
import type { Translated } from "../message";

export const steps: Translated<typeof en> = {
  "relay-connecting": "Verbindung zum Relay {relay} wird hergestellt",
  "relay-connected": "Mit dem Relay {relay} verbunden",
  "relay-unknown-code": "Das Relay {relay} kennt diesen Code nicht",
  "room-taken": "Dieser Code war vergeben; ein neuer wird gezogen",
  waiting: "Warten auf die Gegenseite",
  rejoined: "Wieder am Relay, das Warten geht weiter",
  handshake: "Schlüssel werden vereinbart",
  "handshake-failed": "Die Schlüsselvereinbarung ist fehlgeschlagen: {reason}",
  "wrong-code": {
    one: "Jemand hat einen falschen Code verwendet; {count} Versuch bleibt",
    other: "Jemand hat einen falschen Code verwendet; {count} Versuche bleiben",
  },
  "keys-agreed": "Schlüssel vereinbart",
  "verify-asked": "Die Prüfcodes werden verglichen",
  "verify-confirmed": "Prüfung bestätigt",
  "offer-sent": {
    one: "Angebot gesendet: {count} Eintrag, {bytes}",
    other: "Angebot gesendet: {count} Einträge, {bytes}",
  },
  "offer-received": {
    one: "Angebot erhalten: {count} Eintrag, {bytes}",
    other: "Angebot erhalten: {count} Einträge, {bytes}",
  },
  accepted: {
    one: "Angenommen: {count} Eintrag, {bytes}",
    other: "Angenommen: {count} Einträge, {bytes}",
  },
  streaming: "Übertragung läuft",
  reconnected: "Wieder verbunden",
  "item-anew": "Eine Datei hat sich geändert und wird neu gesendet",
  parting: "Die Gegenseite erfährt, dass es beendet ist",
  results: "Ergebnisse werden ausgetauscht",
  completed: "Abgeschlossen",
};
