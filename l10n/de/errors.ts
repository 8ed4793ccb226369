import type { remedies as enRemedies, sides as enSides, errorTexts as enTexts } from "../en/errors";
import type { Translated } from "../message";

export const errorTexts: Translated<typeof enTexts> = {
  E_USAGE: "Das wurde nicht verstanden: {reason}.",
  E_NOTHING_TO_SEND: "Es gibt nichts zu senden.",
  E_OFFER_TOO_LARGE: "Das ist zu viel für eine Übertragung ({items} Einträge).",
  E_RELAY_UNREACHABLE: "Das Relay {relay} ist nicht erreichbar.",
  E_CANNOT_LISTEN:
    "Ein Relay kann auf diesem Computer unter {address} keine Verbindungen annehmen ({reason}).",
  E_PROXY: "Der Proxy gibt die Verbindung zu {relay} nicht weiter ({reason}).",
  E_PROXY_LOGIN: "Der Proxy auf dem Weg zu {relay} verlangt Benutzernamen und Passwort.",
  E_CERTIFICATE: "Dieser Computer vertraut dem Zertifikat von {relay} nicht ({reason}).",
  E_CERTIFICATE_REPLACED:
    "Dieser Computer vertraut dem Zertifikat nicht, das durch den Proxy für {relay} kam ({reason}); vielleicht hat der Proxy sein eigenes an die Stelle des Zertifikats des Relays gesetzt.",
  E_RELAY_REFUSED: "Das Relay {relay} hat die Verbindung abgelehnt (Close-Code {closeCode}).",
  E_RELAY_FULL: "Das Relay {relay} ist voll oder ausgelastet.",
  E_RELAY_PROTOCOL: "{relay} antwortet nicht wie ein SecureShare-Relay.",
  E_CODE_MISTYPED: "Der Code enthält einen Tippfehler: Das Prüfzeichen passt nicht.",
  E_CODE_UNKNOWN: "Mit diesem Code wartet niemand.",
  E_CODE_WRONG: "Der Code ist falsch.",
  E_CODE_USED_UP: "Der Code ist verbraucht: Es gab drei Fehlversuche.",
  E_CODE_EXPIRED: "Der Code ist abgelaufen: Er galt {minutes} min.",
  E_CODE_ATTEMPTS: "Dieser Computer hat seine drei Versuche mit diesem Code verbraucht.",
  E_ROOM_OCCUPIED: "Diesen Code verwendet bereits jemand anderes.",
  E_VERSION: "Die SecureShare-Version der Gegenseite passt nicht zu dieser.",
  E_HANDSHAKE: "Es kam keine sichere Verbindung zur Gegenseite zustande.",
  E_VERIFY_REJECTED: "Die Prüfcodes wurden {by} zurückgewiesen.",
  E_DECLINED: "Das Angebot wurde {by} abgelehnt.",
  E_CANCELLED: "Die Übertragung wurde {by} abgebrochen.",
  E_INTERRUPTED: "Die Übertragung wurde unterbrochen: {reason}.",
  E_RESUME_LOST:
    "Diese Übertragung kann nicht fortgesetzt werden: Der Schlüssel, der ihre Daten schützt, fehlt.",
  E_PROTOCOL: "Die Gegenseite hat das Protokoll verletzt: {reason}.",
  E_TAMPERED: "Daten wurden unterwegs verändert.",
  E_NOT_ALL_WRITTEN:
    "Angenommene Elemente, die auf dem anderen Computer nicht geschrieben werden konnten: {failed}.",
  E_INTEGRITY: "Was von „{path}“ ankam, ist nicht das, was gesendet wurde.",
  E_DISK_FULL: "Der Datenträger ist voll: „{path}“ konnte nicht geschrieben werden.",
  E_NO_SPACE: "Zu wenig freier Speicherplatz: {needed} nötig, {free} frei.",
  E_PERMISSION: "Der Zugriff auf „{path}“ ist nicht erlaubt.",
  E_DISK: "„{path}“ konnte nicht gelesen oder geschrieben werden: {reason}.",
  E_SOURCE_VANISHED: "„{path}“ ist nicht mehr vorhanden.",
  E_SOURCE_CHANGED: "„{path}“ hat sich während des Sendens geändert.",
  E_FILE_TOO_LARGE:
    "„{path}“ ist zu groß: Was nicht auf einem Datenträger liegt, lässt sich bis {limit} je Datei senden.",
  E_NAME_REFUSED: "Der Name „{path}“ ist hier nicht möglich: {reason}.",
  E_TARGET_EXISTS: "„{path}“ ist bereits vorhanden.",
  E_INTERNAL: "In SecureShare ist ein Fehler aufgetreten: {reason}.",
};

export const remedies: Translated<typeof enRemedies> = {
  E_USAGE: "Bitte korrigieren Sie die Eingabe und versuchen Sie es erneut.",
  E_NOTHING_TO_SEND:
    "Wählen Sie mindestens eine Datei oder einen Ordner, der nicht ausgelassen wird.",
  E_OFFER_TOO_LARGE: "Senden Sie es in mehreren Teilen oder packen Sie es zuerst in ein Archiv.",
  E_RELAY_UNREACHABLE:
    "Prüfen Sie Adresse und Netzwerk; im selben Netzwerk auch die Firewall des Computers, auf dem das Relay läuft.",
  E_CANNOT_LISTEN:
    "Wählen Sie einen anderen Port, oder 0 für irgendeinen freien, und eine Adresse, die dieser Computer hat; oder beenden Sie das Programm, das den Port belegt.",
  E_PROXY:
    "Prüfen Sie die Adresse des Proxys und bitten Sie seinen Administrator, das Relay zuzulassen, oder nehmen Sie das Relay vom Proxy aus (http.noProxy in VS Code, NO_PROXY auf der Befehlszeile).",
  E_PROXY_LOGIN:
    "Schreiben Sie beides in die Adresse des Proxys: http://USER:PASSWORD@PROXY:PORT (http.proxy in VS Code, HTTPS_PROXY auf der Befehlszeile).",
  E_CERTIFICATE:
    "Kommt das Zertifikat des Relays von Ihrer eigenen Zertifizierungsstelle, lassen Sie diesen Computer ihr vertrauen (auf der Befehlszeile kann auch NODE_EXTRA_CA_CERTS ihre Datei nennen); andernfalls fragen Sie, wer das Relay betreibt.",
  E_CERTIFICATE_REPLACED:
    "Wenn der Proxy Ihrer Organisation verschlüsselte Verbindungen öffnet, lassen Sie diesen Computer seiner Zertifizierungsstelle vertrauen (auf der Befehlszeile kann auch NODE_EXTRA_CA_CERTS ihre Datei nennen) oder nehmen Sie das Relay vom Proxy aus; andernfalls benutzen Sie ein anderes Netzwerk.",
  E_RELAY_REFUSED:
    "Versuchen Sie es später, nehmen Sie ein anderes Relay oder fragen Sie dessen Betreiber.",
  E_RELAY_FULL: "Versuchen Sie es in einigen Minuten erneut oder nehmen Sie ein anderes Relay.",
  E_RELAY_PROTOCOL: "Prüfen Sie die Adresse: Dort antwortet vielleicht ein anderes Programm.",
  E_CODE_MISTYPED:
    "Vergleichen Sie ihn mit dem Bildschirm des Absenders und geben Sie ihn erneut ein.",
  E_CODE_UNKNOWN:
    "Prüfen Sie, ob der Absender noch wartet und dasselbe Relay verwendet; zeigt er neben dem Code eine Adresse, geben Sie beides ein.",
  E_CODE_WRONG: "Vergleichen Sie ihn mit dem Bildschirm des Absenders und versuchen Sie es erneut.",
  E_CODE_USED_UP:
    "Senden Sie erneut und geben Sie den neuen Code weiter; hat sich niemand vertippt, hat vielleicht jemand geraten.",
  E_CODE_EXPIRED: "Senden Sie erneut und geben Sie den neuen Code weiter.",
  E_CODE_ATTEMPTS: "Bitten Sie den Absender um einen neuen Code.",
  E_ROOM_OCCUPIED:
    "Bitten Sie den Absender um einen neuen Code und klären Sie, wer den alten noch hat.",
  E_VERSION: "Aktualisieren Sie SecureShare auf beiden Seiten und versuchen Sie es erneut.",
  E_HANDSHAKE:
    "Versuchen Sie es mit einem neuen Code; hilft das nicht, mit einem anderen Relay oder Netzwerk.",
  E_VERIFY_REJECTED:
    "Waren die Codes verschieden, sitzt vielleicht jemand dazwischen: Senden Sie nichts über dieses Relay, bis die Ursache klar ist.",
  E_DECLINED: "Klären Sie mit der Gegenseite, was gesendet werden soll, und senden Sie erneut.",
  E_CANCELLED: "Beginnen Sie neu, wenn beide Seiten bereit sind.",
  E_INTERRUPTED:
    "Beginnen Sie erneut; ging die Verbindung verloren, prüfen Sie zuerst das Netzwerk auf beiden Seiten.",
  E_RESUME_LOST: "Beginnen Sie eine neue Übertragung mit einem neuen Code.",
  E_PROTOCOL:
    "Aktualisieren Sie SecureShare auf beiden Seiten; bleibt es dabei, trauen Sie der Gegenseite nicht.",
  E_TAMPERED:
    "Versuchen Sie es über ein anderes Relay oder Netzwerk; nichts Verändertes wurde behalten.",
  E_NOT_ALL_WRITTEN:
    "Sehen Sie die Liste auf dem anderen Computer an und senden Sie diese Elemente erneut.",
  E_INTEGRITY: "Senden Sie diese Datei erneut; die beschädigte Kopie wurde entfernt.",
  E_DISK_FULL: "Schaffen Sie Platz oder wählen Sie einen anderen Ordner und empfangen Sie erneut.",
  E_NO_SPACE:
    "Schaffen Sie Platz, wählen Sie einen anderen Ordner oder nehmen Sie weniger Dateien.",
  E_PERMISSION: "Prüfen Sie die Berechtigungen oder wählen Sie einen anderen Ordner.",
  E_DISK: "Prüfen Sie Datenträger und Ordner und versuchen Sie es erneut.",
  E_SOURCE_VANISHED: "Stellen Sie es wieder her oder wählen Sie neu und senden Sie erneut.",
  E_SOURCE_CHANGED: "Warten Sie, bis nichts mehr hineinschreibt, und senden Sie erneut.",
  E_FILE_TOO_LARGE:
    "Speichern Sie die Datei in einem Ordner dieses Computers und senden Sie sie von dort.",
  E_NAME_REFUSED: "Bitten Sie den Absender, den Eintrag umzubenennen.",
  E_TARGET_EXISTS: "Wählen Sie einen anderen Ordner oder lassen Sie umbenennen oder überschreiben.",
  E_INTERNAL:
    "Versuchen Sie es erneut; bleibt es dabei, melden Sie den Fehler mit dem Protokoll der Übertragung.",
};

export const sides: Translated<typeof enSides> = {
  us: "auf dieser Seite",
  peer: "auf der Gegenseite",
};
