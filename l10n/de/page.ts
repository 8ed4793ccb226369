import type { page as en } from "../en/page";
import type { Translated } from "../message";

export const page: Translated<typeof en> = {
  intro:
    "Senden Sie Dateien direkt an einen anderen Computer, oder empfangen Sie sie hier. Sie werden in diesem Tab Ende-zu-Ende-verschlüsselt; ein kurzer Code verbindet die beiden Seiten.",
  sendHeading: "Senden",
  chooseFiles: "Dateien auswählen …",
  chooseFolder: "Ordner auswählen …",
  dropHere: "oder Dateien und Ordner hier ablegen",
  dropNothing: "Darin war nichts, was sich lesen lässt.",
  textLabel: "Oder eine Textnachricht",
  sendText: "Text senden",
  sendOff:
    "Dieses Relay gehört zu jemandes Editor und nimmt Dateien nur von dort an. Hier können Sie empfangen.",
  otherRelay: "Dieser Code gehört zu einem anderen Relay. Auf dessen Seite geht es weiter:",
  noWorker:
    "Diese Seite konnte ihren Hintergrundprozess nicht starten. Laden Sie sie neu, oder verwenden Sie einen anderen Browser.",
  ailing:
    "Der Teil dieser Seite, der Dateien überträgt, ist ausgefallen oder antwortet nicht. Wenn nichts weitergeht und diese Meldung bleibt, laden Sie die Seite neu, und beginnen Sie mit einem neuen Code von vorn. Was nicht gespeichert ist, geht dann verloren.",
  noAddress:
    "Unter der Adresse dieser Seite, {address}, kann SecureShare nicht arbeiten. Wer das Relay betreibt, kann sie unter einem Pfad aus Buchstaben, Ziffern, Punkten, Binde- und Unterstrichen bereitstellen.",

  pickFolder: "Ordner auswählen …",
  keepHere: "Danach speichern",
  keptHere: "bleibt in diesem Tab, bis Sie es speichern",
  keptMax:
    "Der Browser gibt der Seite hier keinen Platz auf dem Datenträger; was ankommt, liegt im Arbeitsspeicher: höchstens {bytes}.",
  save: "{name} speichern",
  saveAll: "Alles als ZIP speichern",
  packing: "Wird gepackt …",
  unsaved: {
    one: "{count} Datei ist hier. Speichern Sie sie, bevor Sie diesen Tab oder diese Karte schließen.",
    other:
      "{count} Dateien sind hier. Speichern Sie sie, bevor Sie diesen Tab oder diese Karte schließen.",
  },
  archiveFailed: "Für ein Archiv fehlt der Platz. Speichern Sie die Dateien einzeln.",

  insecure:
    "Diese Seite kam über eine unverschlüsselte Verbindung. Wer das Netzwerk dazwischen beherrscht, kann sie verändert haben und damit alles, was sie verspricht. Verwenden Sie sie nur in einem Netzwerk, dem Sie vertrauen.",
  trustHeading: "Wem diese Seite vertraut",
  trust:
    "Das Relay {host} kann nicht lesen, was Sie senden. Aber auch diese Seite kommt von ihm: Wer es betreibt, könnte eine andere ausliefern, die es kann. Wenn Sie ihm so weit nicht vertrauen, verwenden Sie die Erweiterung für VS Code oder die Kommandozeile, die nicht vom Relay kommen. Beim Start gibt das Relay einen Hash der Dateien dieser Seite aus, damit man ihn mit dem der Veröffentlichung vergleichen kann.",
};
