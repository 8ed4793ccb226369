/** Sizes and times as a user reads them, in the units of CLDR. */

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

function unit(language: string, value: number, name: string, digits: number, long = false): string {
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: name,
    unitDisplay: long ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** `1.5 MB`: decimal units, one digit behind the point. */
export function formatBytes(language: string, bytes: number): string {
  const fits = BYTE_UNITS.findIndex((_, i) => bytes < 999.95 * 1000 ** i);
  const power = fits < 0 ? BYTE_UNITS.length - 1 : fits;
  const name = BYTE_UNITS[power] ?? "byte";
  return unit(language, bytes / 1000 ** power, name, power === 0 ? 0 : 1, power === 0);
}

/** `12.3 MB/s` */
export function formatSpeed(language: string, bytesPerSecond: number): string {
  const power = bytesPerSecond < 999_950 ? 1 : bytesPerSecond < 999_950_000 ? 2 : 3;
  return unit(language, bytesPerSecond / 1000 ** power, `${BYTE_UNITS[power]}-per-second`, 1);
}

/** `45 sec`, `3 min 20 sec`, `2 hr 5 min`; rounded up, so that nothing is promised early. */
export function formatDuration(language: string, milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const part = (value: number, name: string) => unit(language, value, name, 0);
  const pair = (large: string, value: number, name: string) =>
    value === 0 ? large : `${large} ${part(value, name)}`;
  if (seconds < 60) return part(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(part(minutes, "minute"), seconds % 60, "second");
  return pair(part(Math.floor(minutes / 60), "hour"), minutes % 60, "minute");
}
