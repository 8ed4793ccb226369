import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly scope: string }>>;
    };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly description: string; readonly media: { svg: string } }[];
    }[];
  };
}

const LANGUAGES = ["en", "uk", "de"] as const;
/** What the language of a text, how long something lasts or how it looks has no say in. */
const HARMLESS = ["code.expireAfterMinutes", "padding", "resume.keepForHours", "language"];

const read = (name: string) => readFileSync(join(TEST_ROOT, name), "utf8");
const text = read("package.json");
const { capabilities, contributes } = JSON.parse(text) as Manifest;

function textsIn(language: string): Readonly<Record<string, string>> {
  const name = language === "en" ? "package.nls.json" : `package.nls.${language}.json`;
  return JSON.parse(read(name)) as Readonly<Record<string, string>>;
}

/** The commands that a text's buttons run. */
function buttons(description: string): string[] {
  return [...description.matchAll(/\]\(command:([^)]*)\)/g)].map((match) => match[1] ?? "");
}

describe("package.json", () => {
  const used = [...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? "");

  for (const language of LANGUAGES) {
    it(`${language}: each of its texts, and no others`, () => {
      assert.deepEqual(Object.keys(textsIn(language)).sort(), [...new Set(used)].sort());
    });

    it(`${language}: buttons that do the same as in English`, () => {
      const english = textsIn("en");
      for (const [key, translated] of Object.entries(textsIn(language)))
        assert.deepEqual(buttons(translated), buttons(english[key] ?? ""), key);
    });

    it(`${language}: texts that are translated, and no command that looks like another`, () => {
      const texts = textsIn(language);
      const titles = used.filter((key) => key.startsWith("command.")).map((key) => texts[key]);
      assert.equal(new Set(titles).size, titles.length);
      if (language === "uk")
        for (const [key, translated] of Object.entries(texts))
          assert.match(translated, /\p{Script=Cyrillic}/u, key);
    });
  }

  it("names every command under one category", () => {
    const own = contributes.commands.filter(({ category }) => category === "SecureShare");
    assert.equal(own.length, contributes.commands.length);
  });

  it("gives the walkthrough pictures that are packaged, and buttons that lead somewhere", () => {
    assert.match(read(".vscodeignore"), /^!media\/walkthrough\/\*\*$/m);
    const known = new Set(contributes.commands.map(({ command }) => command));
    for (const { description, media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      assert.ok(existsSync(join(TEST_ROOT, media.svg)), media.svg);
      // VS Code paints a picture in the colours of the theme, which these names stand for.
      assert.doesNotMatch(read(media.svg), /#[0-9a-f]{3,8}\b|<script|<text/i, media.svg);
      const leads = buttons(textsIn("en")[description.slice(1, -1)] ?? "");
      assert.ok(leads.length > 0, description);
      for (const lead of leads)
        assert.ok(known.has(lead) || lead.startsWith("workbench.action.openSettings?"), lead);
    }
  });

  it("lets no folder that is not trusted decide where bytes go, or how they are protected", () => {
    const all = Object.keys(contributes.configuration.properties);
    const harmless = new Set(HARMLESS.map((name) => `secureshare.${name}`));
    assert.deepEqual(
      capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(),
      all.filter((name) => !harmless.has(name)).sort(),
    );
  });

  it("lets only the user, and no folder, decide on relays, verification and lifetimes", () => {
    const windowed = Object.entries(contributes.configuration.properties)
      .filter(([, { scope }]) => scope === "window")
      .map(([name]) => name.replace("secureshare.", ""));
    assert.deepEqual(windowed, ["receive.onConflict", "send.exclude", "send.respectGitignore"]);
  });
});
