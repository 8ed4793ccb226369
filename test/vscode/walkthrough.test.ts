import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyByKeyboard } from "../support/vscode/keyboard";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";

type Texts = Readonly<Record<string, string>>;

/** What package.json says in a language. */
function textsIn(language: string): Texts {
  const name = language === "en" ? "package.nls.json" : `package.nls.${language}.json`;
  return JSON.parse(readFileSync(join(TEST_ROOT, name), "utf8")) as Texts;
}

/** The label of a step's first button. */
function button(texts: Texts, step: string): string {
  return /\[([^\]]+)\]\(command:/.exec(texts[`walkthrough.${step}.description`] ?? "")?.[1] ?? "";
}

const FILES = { en: "Files…", uk: "Файли…", de: "Dateien …" } as const;

const LANGUAGES = ["en", "uk", "de"] as const;
type Language = (typeof LANGUAGES)[number];

describe("the walkthrough, by keyboard alone", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ desk: { extension: TEST_ROOT, settings } });

  /** Someone at a window in this language, with the walkthrough open. */
  async function sitDown(locale: Language) {
    const texts = textsIn(locale);
    const user = await stage.sitDown("desk", { [`${locale}.txt`]: "зміст" }, { locale });
    const hands = onlyByKeyboard(user);
    await hands.openWalkthrough(texts["walkthrough.title"] ?? "");
    const press = (step: string) =>
      hands.pressStep(texts[`walkthrough.${step}.title`] ?? "", button(texts, step));
    return { user, hands, press, locale };
  }
  type Pupil = Awaited<ReturnType<typeof sitDown>>;

  it("leads to the settings of relays and to what was interrupted", async () => {
    const { user, press } = await sitDown("en");
    await press("resume");
    await user.window.notification("There is no interrupted transfer.");
    await press("relay");
    await user.window.page.locator(".settings-editor").getByText("Relay: Urls").first().waitFor();
  });

  it("sends and receives in each language", async () => {
    const pupils = await Promise.all(LANGUAGES.map(sitDown));
    for (const [index, sender] of pupils.entries()) {
      const receiver = pupils[(index + 1) % pupils.length] ?? sender;
      await give(sender, receiver);
    }
  });

  async function give(sender: Pupil, receiver: Pupil): Promise<void> {
    const name = `${sender.locale}.txt`;
    await sender.press("send");
    await sender.hands.pick(FILES[sender.locale]);
    await sender.user.window.screenshot(`walkthrough-${sender.locale}`);
    await sender.hands.typePath(join(sender.user.folder, name));
    const spoken = await sender.user.sent.spoken();
    await receiver.press("receive");
    await receiver.hands.enter(spoken);
    assert.equal(await receiver.user.received.digits(), await sender.user.sent.digits());
    await sender.press("verify");
    await sender.hands.pressInView("confirm");
    await receiver.hands.pressInView("confirm");
    await receiver.user.received.reaches("offer");
    await receiver.hands.pressInView("accept");
    await Promise.all([receiver.user.received.reaches("done"), sender.user.sent.reaches("done")]);
    const sent = await readFile(join(sender.user.folder, name));
    assert.deepEqual(await readFile(join(receiver.user.folder, name)), sent);
  }
});
