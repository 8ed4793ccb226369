/**
 * What was given for an option: a word in place of a number would let a script do nothing,
 * and call that a success.
 *
 * @param {string} option its name, without dashes
 * @param {string} text
 * @returns {number} whole, 1 or more
 * @throws {Error} with the option, and what was given
 */
export function wholeNumber(option, text) {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`--${option} takes a whole number from 1, not ${JSON.stringify(text)}`);
}
