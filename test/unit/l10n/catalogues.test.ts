import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { LANGUAGES, type Language } from "../../../l10n/language";
import type { Message } from "../../../l10n/message";

type Area = Readonly<Record<string, Message>>;

const files = readdirSync(`${TEST_ROOT}l10n/en`).map((file) => file.replace(/\.ts$/, ""));

/** All areas of a file in a language: the exported tables. */
async function areas(language: Language, file: string): Promise<Readonly<Record<string, Area>>> {
  const loaded: unknown = await import(`../../../l10n/${language}/${file}.ts`);
  return { ...(loaded as Record<string, Area>) };
}

function texts(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""))].sort();
}

function* messages(
  area: Readonly<Record<string, Area>>,
): Generator<[where: string, message: Message]> {
  for (const [name, table] of Object.entries(area))
    for (const [key, message] of Object.entries(table)) yield [`${name}.${key}`, message];
}

/** Of two words for one thing, a catalogue uses the one that comes first here. */
const ONE_WORD: readonly (readonly [Language, word: string, other: RegExp])[] = [
  ["uk", "передавання", /(?<!\p{L})передач(?!ен)/iu],
  ["uk", "інша сторона", /(?<!\p{L})інш\p{L}+ (бік|бо[кц])/iu],
  ["uk", "тека", /(?<!\p{L})папк/iu],
  ["de", "Gegenseite", /andere[nr]? Seite(?!n)/iu],
];

describe("catalogues", () => {
  for (const [language, word, other] of ONE_WORD)
    it(`${language}: say “${word}” throughout`, async () => {
      for (const file of files)
        for (const [where, message] of messages(await areas(language, file)))
          for (const text of texts(message)) assert.doesNotMatch(text, other, `${file} ${where}`);
    });

  it("have the same files in every language", () => {
    for (const language of LANGUAGES)
      assert.deepEqual(
        readdirSync(`${TEST_ROOT}l10n/${language}`).sort(),
        files.map((f) => `${f}.ts`).sort(),
      );
  });

  for (const file of files) {
    describe(file, () => {
      for (const language of LANGUAGES) {
        it(`${language}: same keys and same kind of message as English`, async () => {
          const kinds = async (of: Language) =>
            [...messages(await areas(of, file))]
              .map(([where, message]) => `${where} ${typeof message}`)
              .sort();
          assert.deepEqual(await kinds(language), await kinds("en"));
        });

        it(`${language}: same placeholders as English`, async () => {
          const english = new Map(messages(await areas("en", file)));
          for (const [where, message] of messages(await areas(language, file))) {
            const expected = placeholders(texts(english.get(where) ?? "").join());
            const found = placeholders(texts(message).join());
            assert.deepEqual(found, expected, where);
          }
        });

        it(`${language}: plural forms are complete, and none is superfluous`, async () => {
          const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
          for (const [where, message] of messages(await areas(language, file)))
            if (typeof message !== "string")
              assert.deepEqual(Object.keys(message).sort(), pluralCategories.toSorted(), where);
        });

        it(`${language}: no text is empty, padded, or has a stray brace`, async () => {
          for (const [where, message] of messages(await areas(language, file)))
            for (const text of texts(message)) {
              assert.ok(text !== "" && text === text.trim(), where);
              assert.ok(!/[{}]/.test(text.replace(/\{\w+\}/g, "")), where);
            }
        });
      }

      it("is translated: Ukrainian is Cyrillic, German is not English", async () => {
        const english = new Map(messages(await areas("en", file)));
        const hasWords = (message: Message | undefined) =>
          /\p{L}{4,}.*\s.*\p{L}{4,}/u.test(
            texts(message ?? "")
              .join()
              .replace(/\{\w+\}/g, ""),
          );
        for (const [where, message] of messages(await areas("uk", file)))
          if (hasWords(english.get(where)))
            assert.match(texts(message).join(), /\p{Script=Cyrillic}/u, where);
        for (const [where, message] of messages(await areas("de", file)))
          if (hasWords(english.get(where))) assert.notDeepEqual(message, english.get(where), where);
      });
    });
  }
});
