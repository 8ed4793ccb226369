import assert from "node:assert/strict";
import {
  type Catalogue,
  catalogue,
  chooseLanguage,
  describeStep,
  explainFailure,
  explainReason,
  LANGUAGES,
  languageSetting,
} from "../../../l10n";
import { format } from "../../../l10n/message";
import {
  type ErrorCode,
  type ErrorDetails,
  EXIT_CODES,
  type Failure,
} from "../../../src/core/errors";
import type { Step } from "../../../src/core/session/events";
import type { LeftOutReason } from "../../../src/node/files/leftOut";

/** One example of each error, with every detail set; exhaustive by type. */
const examples: { [C in ErrorCode]: Required<ErrorDetails[C]> } = {
  E_USAGE: { reason: "r" },
  E_NOTHING_TO_SEND: {},
  E_OFFER_TOO_LARGE: { items: 2_000_000 },
  E_RELAY_UNREACHABLE: { relay: "ws://r", reason: "r" },
  E_CANNOT_LISTEN: { address: "ws://r", reason: "r" },
  E_PROXY: { relay: "ws://r", reason: "r" },
  E_PROXY_LOGIN: { relay: "ws://r" },
  E_CERTIFICATE: { relay: "wss://r", reason: "r" },
  E_CERTIFICATE_REPLACED: { relay: "wss://r", reason: "r" },
  E_RELAY_REFUSED: { relay: "ws://r", closeCode: 4011 },
  E_RELAY_FULL: { relay: "ws://r" },
  E_RELAY_PROTOCOL: { relay: "ws://r" },
  E_CODE_MISTYPED: {},
  E_CODE_UNKNOWN: {},
  E_CODE_WRONG: {},
  E_CODE_USED_UP: {},
  E_CODE_EXPIRED: { minutes: 10 },
  E_CODE_ATTEMPTS: {},
  E_ROOM_OCCUPIED: {},
  E_VERSION: {},
  E_HANDSHAKE: {},
  E_VERIFY_REJECTED: { by: "peer" },
  E_DECLINED: { by: "us" },
  E_CANCELLED: { by: "peer" },
  E_INTERRUPTED: { reason: "r" },
  E_RESUME_LOST: {},
  E_PROTOCOL: { reason: "r" },
  E_TAMPERED: {},
  E_INTEGRITY: { path: "p" },
  E_NOT_ALL_WRITTEN: { failed: 2 },
  E_DISK_FULL: { path: "p" },
  E_NO_SPACE: { needed: 2_097_152, free: 1000 },
  E_PERMISSION: { path: "p" },
  E_DISK: { path: "p", reason: "r" },
  E_SOURCE_VANISHED: { path: "p" },
  E_SOURCE_CHANGED: { path: "p" },
  E_FILE_TOO_LARGE: { path: "p", limit: 67_108_864 },
  E_NAME_REFUSED: { path: "p", reason: "control" },
  E_TARGET_EXISTS: { path: "p" },
  E_INTERNAL: { reason: "r" },
};

const steps: { [S in Step["step"]]: Extract<Step, { step: S }> } = {
  "relay-connecting": { step: "relay-connecting", relay: "ws://r" },
  "relay-connected": { step: "relay-connected", relay: "ws://r" },
  "relay-unknown-code": { step: "relay-unknown-code", relay: "ws://r" },
  "room-taken": { step: "room-taken" },
  waiting: { step: "waiting" },
  rejoined: { step: "rejoined" },
  "item-anew": { step: "item-anew" },
  handshake: { step: "handshake" },
  "handshake-failed": { step: "handshake-failed", reason: "r" },
  "wrong-code": { step: "wrong-code", guessesLeft: 2 },
  "keys-agreed": { step: "keys-agreed" },
  "verify-asked": { step: "verify-asked" },
  "verify-confirmed": { step: "verify-confirmed" },
  "offer-sent": { step: "offer-sent", items: 5, bytes: 1536 },
  "offer-received": { step: "offer-received", items: 2, bytes: 1536 },
  accepted: { step: "accepted", items: 1, bytes: 1536 },
  streaming: { step: "streaming" },
  reconnected: { step: "reconnected" },
  parting: { step: "parting", ending: "E_CANCELLED" },
  results: { step: "results" },
  completed: { step: "completed" },
};

describe("sentences", () => {
  it("fill every placeholder of every error, in every language", () => {
    for (const language of LANGUAGES)
      for (const code of Object.keys(EXIT_CODES) as ErrorCode[]) {
        const failure = { code, details: examples[code] } as Failure;
        const { message, remedy } = explainFailure(language, failure);
        for (const sentence of [message, remedy]) {
          assert.doesNotMatch(sentence, /[{}]/, `${language} ${code}`);
          assert.match(sentence, /\.$/, `${language} ${code}`);
        }
        assert.notEqual(message, remedy);
      }
  });

  it("tell the errors apart: no two codes share a text", () => {
    for (const language of LANGUAGES) {
      const all = Object.values(catalogue(language).errorTexts);
      assert.equal(new Set(all).size, all.length);
    }
  });

  it("fill every placeholder of every step", () => {
    for (const language of LANGUAGES)
      for (const step of Object.values(steps))
        assert.doesNotMatch(describeStep(language, step), /[{}]/);
    assert.equal(
      describeStep("uk", steps["offer-sent"]).replaceAll("\u00a0", " "),
      "Пропозицію надіслано: 5 елементів, 1,5 кБ",
    );
    assert.equal(
      describeStep("uk", steps["wrong-code"]),
      "Хтось увів неправильний код; залишилося 2 спроби",
    );
  });

  it("say who did it, how much is missing, and why a name is refused", () => {
    const text = (failure: Failure) => explainFailure("en", failure).message;
    assert.equal(
      text({ code: "E_DECLINED", details: { by: "peer" } }),
      "The offer was declined on the other side.",
    );
    assert.match(
      text({ code: "E_NO_SPACE", details: examples.E_NO_SPACE }),
      /2\sMB needed, 1,000\sbytes free/,
    );
    assert.match(
      text({ code: "E_NAME_REFUSED", details: examples.E_NAME_REFUSED }),
      /control characters\.$/,
    );
    assert.match(
      text({ code: "E_RELAY_REFUSED", details: examples.E_RELAY_REFUSED }),
      /code 4011\)/,
    );
  });

  it("make hostile names visible", () => {
    const { message } = explainFailure("en", {
      code: "E_DISK",
      details: { path: "a\u001b[2J\u202eb", reason: "x\ny" },
    });
    assert.equal(message, "“a␛[2J\\u{202e}b” could not be read or written: x␊y.");
  });

  it("say in every language why something came to nothing", () => {
    const causes = Object.keys(catalogue("en").causes);
    for (const language of LANGUAGES)
      for (const reason of causes) {
        const { message } = explainFailure(language, {
          code: "E_INTERRUPTED",
          details: { reason },
        });
        assert.ok(!message.includes(reason) || !reason.includes("-"), message);
        const line = describeStep(language, { step: "handshake-failed", reason });
        assert.ok(!line.includes(reason) || !reason.includes("-"), line);
      }
    const text = (reason: string) =>
      explainFailure("uk", { code: "E_INTERRUPTED", details: { reason } }).message;
    assert.equal(
      text("relay-closed-4011"),
      "Передавання перервано: ретранслятор закрив з’єднання (4011).",
    );
    assert.equal(text("SIGTERM"), "Передавання перервано: SIGTERM.");
    assert.equal(text("toString"), "Передавання перервано: toString.");
    assert.equal(text("a\u202eb"), "Передавання перервано: a\\u{202e}b.");
  });

  it("know every reason for which something is left out", () => {
    // The compiler holds it: a reason without a text would not fit this type.
    const known = (reason: LeftOutReason): keyof Catalogue["reasons"] => reason;
    assert.equal(explainReason("uk", known("ignored")), "пропущено через .gitignore");
  });

  it("let an unknown reason stand for itself, whatever it is called", () => {
    assert.equal(explainReason("de", "brand-new"), "brand-new");
    assert.equal(explainReason("de", "__proto__"), "__proto__");
    assert.equal(explainReason("de", "toString"), "toString");
  });
});

describe("format", () => {
  it("does not fill in again what a value holds", () => {
    assert.equal(format("en", "{a} {b}", { a: "{b}", b: "x" }), "{b} x");
  });

  it("takes the plural form of the language", () => {
    const message = { one: "{count} a", few: "{count} b", many: "{count} c", other: "{count} d" };
    const uk = (count: number) => format("uk", message, { count });
    assert.deepEqual([1, 2, 5, 21, 1.5].map(uk), ["1 a", "2 b", "5 c", "21 a", "1,5 d"]);
  });
});

describe("language choice", () => {
  it("follows the setting, then the locale, then English", () => {
    assert.equal(chooseLanguage("uk", "de_DE.UTF-8"), "uk");
    assert.equal(chooseLanguage("auto", "uk_UA.UTF-8"), "uk");
    assert.equal(chooseLanguage("auto", "DE-at"), "de");
    for (const locale of [undefined, "", "C", "POSIX", "fr_FR", "den", "../de"])
      assert.equal(chooseLanguage("auto", locale), "en");
  });

  it("knows its settings only", () => {
    assert.equal(languageSetting("auto"), "auto");
    assert.equal(languageSetting("fr"), undefined);
  });
});
