/**
 * `1-3, 7` as a person numbers a list of `length` from 1, to numbers from 0.
 * `undefined` when it is not such a list.
 */
export function parseNumbers(text: string, length: number): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(/[\s,;]+/).filter((piece) => piece !== "")) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first < 1 || last < first || last > length) return undefined;
    for (let number = first; number <= last; number++) numbers.add(number - 1);
  }
  return numbers;
}
