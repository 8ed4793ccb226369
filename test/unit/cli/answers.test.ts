import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { Answers } from "../../../src/cli/answers/answers";
import { jsonAnswers } from "../../../src/cli/answers/json";
import { scriptAnswers } from "../../../src/cli/answers/script";
import { terminalAnswers } from "../../../src/cli/answers/terminal";
import { readLines } from "../../../src/cli/lines";
import { type InspectedOffer, inspectOffer } from "../../../src/cli/offer";
import { textsFor } from "../../../src/cli/texts";
import { SecureShareError } from "../../../src/core/errors";
import type { VerifyQuestion } from "../../../src/core/session/events";
import { fileItem, offerOf } from "../../support/fakeCli";

const never = new AbortController().signal;
const question = (mode: VerifyQuestion["mode"] = "compare"): VerifyQuestion => ({
  digits: "482109",
  mode,
  peer: { policy: "compare", automated: false },
});

/** Items: 0 plain, 1 exists, 2 dangerous, 3 refused. */
async function sample(): Promise<InspectedOffer> {
  const items = ["a", "b", ".ssh/config", "bad\n"].map((path) => fileItem(path));
  const found = { conflicts: [1], dangerous: [2], refused: [[3, "control"] as [number, string]] };
  return inspectOffer(await offerOf(items, found), "/home/x");
}

async function decided(answers: Answers) {
  const decision = await answers.decide(await sample(), never);
  if (decision.kind === "declined") return "declined";
  const { offer, items, conflict } = decision;
  return { folder: offer.folder, items: [...items], conflict };
}

describe("answers of a script", () => {
  it("confirm, and take everything but what is dangerous or refused", async () => {
    const answers = scriptAnswers({
      conflict: "rename",
      acceptDangerous: false,
      excludes: undefined,
    });
    assert.deepEqual(await answers.verify(question(), undefined, never), { kind: "confirmed" });
    assert.deepEqual(await decided(answers), {
      folder: "/home/x",
      items: [0, 1],
      conflict: "rename",
    });
  });

  it("take what is dangerous only when told so, and what is refused never", async () => {
    const answers = scriptAnswers({ conflict: "skip", acceptDangerous: true, excludes: undefined });
    assert.deepEqual(await decided(answers), {
      folder: "/home/x",
      items: [0, 1, 2],
      conflict: "skip",
    });
  });

  it("never type digits that nobody has read", async () => {
    const answers = scriptAnswers({
      conflict: "rename",
      acceptDangerous: false,
      excludes: undefined,
    });
    assert.deepEqual(await answers.verify(question("type"), 3, never), { kind: "rejected" });
  });

  it("take no file in place of the one that was confirmed", async () => {
    const rules = { conflict: "rename", acceptDangerous: true, excludes: undefined } as const;
    assert.equal(await scriptAnswers(rules).changed(false, never), false);
    assert.equal(await scriptAnswers(rules).changed(true, never), false);
  });

  it("decline when nothing can be taken", async () => {
    const offer = await offerOf([fileItem(".ssh/config")], { dangerous: [0] });
    const answers = scriptAnswers({
      conflict: "rename",
      acceptDangerous: false,
      excludes: undefined,
    });
    const decision = await answers.decide(await inspectOffer(offer, "/x"), never);
    assert.equal(decision.kind, "declined");
  });
});

function fromJson(...lines: (object | string)[]): Answers {
  const input = new PassThrough();
  input.end(
    lines.map((l) => (typeof l === "string" ? `${l}\n` : `${JSON.stringify(l)}\n`)).join(""),
  );
  return jsonAnswers(readLines(input), {
    conflict: "rename",
    acceptDangerous: false,
    excludes: undefined,
    resolve: (folder) => `/base/${folder}`,
    notUnderstood: "no answer",
  });
}

describe("answers as JSON lines", () => {
  const verify = (answer: object | string, typing?: number) =>
    fromJson(answer).verify(question(typing === undefined ? "compare" : "type"), typing, never);

  it("confirm and reject", async () => {
    assert.deepEqual(await verify({ answer: "verify", confirm: true }), { kind: "confirmed" });
    assert.deepEqual(await verify({ answer: "verify", confirm: false }), { kind: "rejected" });
  });

  it("compare digits themselves, or hand them on where they are asked for", async () => {
    const right = { answer: "verify", digits: "482109" };
    const wrong = { answer: "verify", digits: "482100" };
    assert.deepEqual(await verify(right), { kind: "confirmed" });
    assert.deepEqual(await verify(wrong), { kind: "rejected" });
    assert.deepEqual(await verify(wrong, 3), { kind: "typed", digits: "482100" });
  });

  it("do not let a plain yes stand in for typed digits", async () => {
    await assert.rejects(verify({ answer: "verify", confirm: true }, 3), { code: "E_USAGE" });
  });

  it("take all, or items by number, a folder and a policy", async () => {
    assert.deepEqual(await decided(fromJson({ answer: "offer", accept: true })), {
      folder: "/home/x",
      items: [0, 1],
      conflict: "rename",
    });
    const chosen = { items: [0, 2, 3, 99], folder: "sub", conflict: "skip" };
    assert.deepEqual(await decided(fromJson({ answer: "offer", accept: true, ...chosen })), {
      folder: "/base/sub",
      items: [0, 2],
      conflict: "skip",
    });
  });

  it("say what to do with a changed file; nothing said is no", async () => {
    const said = (...lines: object[]) => fromJson(...lines).changed(false, never);
    assert.equal(await said({ answer: "changed", again: true }), true);
    assert.equal(await said({ answer: "changed", again: false }), false);
    assert.equal(await said(), false);
    await assert.rejects(said({ answer: "verify", confirm: true }), { code: "E_USAGE" });
  });

  it("decline", async () => {
    assert.equal(await decided(fromJson({ answer: "offer", accept: false })), "declined");
    assert.equal(await decided(fromJson({ answer: "offer", accept: true, items: [] })), "declined");
  });

  for (const junk of [
    "",
    "yes",
    "null",
    "[]",
    { answer: "offer", accept: true },
    { answer: "verify" },
    { answer: "verify", confirm: "true" },
    { answer: "verify", confirm: true, digits: "1" },
    { answer: "verify", confirm: true, "": 1 },
  ])
    it(`refuse ${JSON.stringify(junk)} as an answer to the digits`, () =>
      assert.rejects(verify(junk), { code: "E_USAGE" }));

  it("cancel at the end of the input", async () => {
    await assert.rejects(fromJson().verify(question(), undefined, never), { code: "E_CANCELLED" });
    await assert.rejects(decided(fromJson()), { code: "E_CANCELLED" });
  });
});

/** Answers each prompt with the next line. */
function atTerminal(lines: readonly string[], conflict: "ask" | "overwrite" = "ask") {
  const input = new PassThrough();
  const shown: string[] = [];
  const explained: string[] = [];
  let prompts = "";
  const waiting = [...lines];
  const terminal = {
    lines: readLines(input),
    language: "en" as const,
    texts: textsFor("en"),
    prompt: (text: string) => {
      prompts += `${text}\n`;
      // A person answers after reading the question: the line comes a turn later.
      if (text.endsWith(" ")) setImmediate(() => input.write(`${waiting.shift() ?? ""}\n`));
    },
  };
  const answers = terminalAnswers(terminal, {
    conflict,
    acceptDangerous: false,
    excludes: undefined,
    resolve: (folder) => `/base/${folder}`,
    show: async ({ folder }) => {
      shown.push(folder);
    },
    explain: async ({ code }) => {
      explained.push(code);
    },
  });
  return { answers, shown, explained, prompts: () => prompts, left: () => waiting.length };
}

describe("answers of a person", () => {
  it("are asked for again until they are one", async () => {
    const { answers, left } = atTerminal(["", "what", "y"]);
    assert.deepEqual(await answers.verify(question(), undefined, never), { kind: "confirmed" });
    assert.equal(left(), 0);
  });

  it("reject", async () => {
    const { answers } = atTerminal(["No!"]);
    assert.deepEqual(await answers.verify(question(), undefined, never), { kind: "rejected" });
  });

  it("type digits where they are asked for, and hear how many tries are left", async () => {
    const { answers, prompts } = atTerminal(["482 109"]);
    const answer = await answers.verify(question("type"), 2, never);
    assert.deepEqual(answer, { kind: "typed", digits: "482 109" });
    assert.match(prompts(), /2 tries left/);
    assert.doesNotMatch(prompts(), /482/);
  });

  it("accept, and settle what exists already", async () => {
    assert.deepEqual(await decided(atTerminal(["y", "o"]).answers), {
      folder: "/home/x",
      items: [0, 1],
      conflict: "overwrite",
    });
  });

  it("choose items, dangerous ones too, and are not asked about names that are free", async () => {
    assert.deepEqual(await decided(atTerminal(["c", "1, 3-4"]).answers), {
      folder: "/home/x",
      items: [0, 2],
      conflict: "rename",
    });
  });

  it("choose another folder, which is shown before it is asked for again", async () => {
    const { answers, shown } = atTerminal(["f", "there", "y"], "overwrite");
    assert.deepEqual(await decided(answers), {
      folder: "/base/there",
      items: [0, 1],
      conflict: "overwrite",
    });
    assert.deepEqual(shown, ["/base/there"]);
  });

  it("are asked for again when the folder that they name cannot be looked at", async () => {
    const { answers, shown, explained } = atTerminal(["f", "closed", "y"], "overwrite");
    const { offer, ...rest } = await sample();
    const inspect = async (path: string) => {
      if (path === "/base/closed") throw new SecureShareError("E_PERMISSION", { path });
      return offer.inspect(path);
    };
    const decision = await answers.decide({ offer: { ...offer, inspect }, ...rest }, never);
    assert.equal(decision.kind === "accepted" && decision.offer.folder, "/home/x");
    assert.deepEqual([explained, shown], [["E_PERMISSION"], ["/home/x"]]);
  });

  it("end the transfer when the offer itself cannot be read, whatever they are", async () => {
    const { answers, explained } = atTerminal(["f", "there"], "overwrite");
    const { offer, ...rest } = await sample();
    const inspect = () => Promise.reject(new SecureShareError("E_PROTOCOL", { reason: "item" }));
    const decision = answers.decide({ offer: { ...offer, inspect }, ...rest }, never);
    await assert.rejects(decision, { code: "E_PROTOCOL" });
    assert.deepEqual(explained, []);
  });

  it("decline, also after choosing nothing", async () => {
    assert.equal(await decided(atTerminal(["n"]).answers), "declined");
    assert.equal(await decided(atTerminal(["c", "4", "n"]).answers), "declined");
  });

  it("answer in their own letters in every language, without ambiguity", () => {
    for (const language of ["en", "uk", "de"] as const) {
      const texts = textsFor(language);
      const groups = [
        [texts.keysYes, texts.keysNo, texts.keysChoose, texts.keysFolder],
        [texts.keysRename, texts.keysOverwrite, texts.keysSkip],
      ];
      for (const keys of groups) {
        const letters = keys.join("");
        assert.equal(new Set(letters).size, letters.length, `${language} ${letters}`);
      }
      assert.match(texts.askOffer, new RegExp(`\\[${texts.keysChoose.charAt(0)}\\]`));
    }
  });
});
