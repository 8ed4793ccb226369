/**
 * One security check taken out of the sources.
 * @typedef {object} Mutation
 * @property {string} file
 * @property {string} find Stands exactly once in the file.
 * @property {string} replace
 * @property {readonly string[]} tests Files of test/ without `.test.ts`; one of them must fail.
 */

/**
 * Mutations of one file that the same tests notice: pairs of what to find and what to put
 * there instead (nothing, where there is no second one).
 * @param {string} file
 * @param {readonly string[]} tests
 * @param {readonly (readonly [find: string, replace?: string])[]} edits
 * @returns {Mutation[]}
 */
export function mutationsOf(file, tests, edits) {
  return edits.map(([find, replace = ""]) => ({ file, find, replace, tests }));
}

/**
 * The source with the mutation; an error when it no longer applies.
 * @param {Mutation} mutation
 * @param {string} source
 * @returns {string}
 */
export function mutated({ file, find, replace }, source) {
  const at = source.indexOf(find);
  if (at === -1 || source.includes(find, at + 1))
    throw new Error(`${file} does not hold exactly once: ${find}`);
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
