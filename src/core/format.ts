/**
 * Numbers as people read them, in their language, by Intl. Pure: the language is passed in.
 * Sizes count in 1024s and are labelled KB, MB, GB, as VS Code itself shows file sizes. What
 * belongs together has no-break spaces.
 */

/** Formatters of one language; make one and keep it, Intl's are dear to construct. */
export interface Formats {
  /** `0` to 2^53 bytes: `312 bytes`, `1.5 MB`. */
  readonly bytes: (count: number) => string;
  /** Bytes a second: `5.1 MB/s`. */
  readonly speed: (bytesPerSecond: number) => string;
  /** The two largest units of some milliseconds, rounded up to seconds: `3 min 20 sec`. */
  readonly duration: (ms: number) => string;
  /** A part of a whole from 0 to 1, rounded down so that 100 % means all of it. */
  readonly percent: (fraction: number) => string;
}

const SIZE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;
const TIME_UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/**
 * The value in its unit, from `smallest` up, and which of the units that is; `1023.99 KB` counts
 * as `1 MB`.
 */
function scaled(bytes: number, smallest = 0): [value: number, unit: number] {
  let value = Math.max(0, bytes) / 1024 ** smallest;
  let unit = smallest;
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return [value, unit];
}

/** A number and its unit stay on one line; Intl sets a no-break space in some languages only. */
const unbroken = (text: string): string => text.replaceAll(" ", "\u00a0");

/** Formatters made once for each unit, when first used. */
function units(language: string): (unit: string, value: number) => string {
  const made = new Map<string, Intl.NumberFormat>();
  return (unit, value) => {
    let formatter = made.get(unit);
    if (formatter === undefined) {
      formatter = new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        // CLDR's short form of a byte is "byte" for any number of them.
        unitDisplay: unit === "byte" ? "long" : "short",
        maximumFractionDigits: unit.includes("byte") && unit !== "byte" ? 1 : 0,
      });
      made.set(unit, formatter);
    }
    return unbroken(formatter.format(value));
  };
}

/** @param language BCP 47 tag */
export function formatsFor(language: string): Formats {
  const unit = units(language);
  const percents = new Intl.NumberFormat(language, { style: "percent" });
  return {
    bytes(count) {
      const [value, index] = scaled(count);
      return unit(SIZE_UNITS[index] ?? "byte", value);
    },
    speed(bytesPerSecond) {
      const [value, index] = scaled(bytesPerSecond, 1);
      return unit(`${SIZE_UNITS[index] ?? "petabyte"}-per-second`, value);
    },
    duration: (ms) => duration(ms, unit),
    percent: (fraction) =>
      unbroken(percents.format(Math.floor(Math.min(Math.max(fraction, 0), 1) * 100) / 100)),
  };
}

function duration(ms: number, unit: (unit: string, value: number) => string): string {
  let seconds = Math.max(0, Math.ceil(ms / 1000));
  const largest = TIME_UNITS.findIndex(([, length]) => seconds >= length);
  if (largest < 0) return unit("second", 0);
  const parts: string[] = [];
  for (const [name, length] of TIME_UNITS.slice(largest, largest + 2)) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if (count > 0) parts.push(unit(name, count));
  }
  return parts.join(" ");
}

/** Milliseconds as a running clock, rounded up to seconds: `9:58`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const tail = two(seconds % 60);
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

/** Six digits in two groups, as they are read aloud: `482 109`. */
export function groupedDigits(digits: string): string {
  return digits.replace(/^(\d{3})(\d{3})$/, "$1 $2");
}
