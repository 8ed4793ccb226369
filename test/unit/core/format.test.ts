import assert from "node:assert/strict";
import { LANGUAGES } from "../../../l10n/language";
import { clock, formatsFor, groupedDigits } from "../../../src/core/format";

/** Numbers and units are held together by no-break spaces. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("format", () => {
  const en = formatsFor("en");

  it("shows sizes in units of 1024", () => {
    const shown = [0, 1, 1023, 1024, 1536, 1048576, 5368709120, 1125899906842624].map(en.bytes);
    assert.deepEqual(shown.map(plain), [
      "0 bytes",
      "1 byte",
      "1,023 bytes",
      "1 kB",
      "1.5 kB",
      "1 MB",
      "5 GB",
      "1 PB",
    ]);
  });

  it("never shows 1024 of a unit", () => {
    assert.equal(plain(en.bytes(1048575)), "1 MB");
    assert.equal(plain(en.bytes(1023.9 * 1024)), "1,023.9 kB");
  });

  it("keeps the largest numbers in the last unit", () => {
    assert.equal(plain(en.bytes(Number.MAX_SAFE_INTEGER)), "8 PB");
    assert.equal(plain(en.speed(2 ** 60)), "1,024 PB/s");
  });

  it("speaks the language asked for", () => {
    assert.equal(plain(formatsFor("uk").bytes(1572864)), "1,5 МБ");
    assert.equal(plain(formatsFor("uk").bytes(5)), "5 байтів");
    assert.equal(plain(formatsFor("de").speed(5347738)), "5,1 MB/s");
  });

  it("shows speeds from kilobytes up, and slow ones as a part of one", () => {
    assert.equal(plain(en.speed(512)), "0.5 kB/s");
    assert.equal(plain(en.speed(3 * 1024 ** 3)), "3 GB/s");
    assert.equal(plain(en.speed(-1)), "0 kB/s");
  });

  it("shows the two largest units of a duration", () => {
    const shown = [0, 1, 59_000, 200_000, 3_600_000, 3_725_000, 90_000_000].map(en.duration);
    assert.deepEqual(shown.map(plain), [
      "0 sec",
      "1 sec",
      "59 sec",
      "3 min 20 sec",
      "1 hr",
      "1 hr 2 min",
      "1 day 1 hr",
    ]);
    assert.equal(plain(formatsFor("uk").duration(200_000)), "3 хв 20 с");
  });

  it("never breaks a line between a number and its unit", () => {
    for (const language of LANGUAGES) {
      const { bytes, speed, duration, percent } = formatsFor(language);
      const sizes = [0, 1, 1_007, 48_339_354, 2 ** 40].flatMap((size) => [
        bytes(size),
        speed(size),
      ]);
      for (const shown of [...sizes, percent(0.5), duration(0), duration(20_000)])
        assert.doesNotMatch(shown, / /, language);
      assert.equal(duration(200_000).split(" ").length, 2, "two units may stand on two lines");
    }
  });

  it("shows 100 % only when all of it is there", () => {
    assert.equal(plain(en.percent(0.9999)), "99%");
    assert.equal(plain(en.percent(1)), "100%");
    assert.equal(plain(formatsFor("de").percent(0.5)), "50 %");
    assert.equal(plain(en.percent(7)), "100%");
  });

  it("counts down in seconds, rounded up", () => {
    assert.deepEqual([-5, 0, 1, 598_000, 3_723_000].map(clock), [
      "0:00",
      "0:00",
      "0:01",
      "9:58",
      "1:02:03",
    ]);
  });

  it("groups six digits and leaves all else alone", () => {
    assert.equal(groupedDigits("482109"), "482 109");
    assert.equal(groupedDigits("12"), "12");
  });
});
