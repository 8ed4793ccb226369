/** Session codes as the view handles them; what is in them is the core's affair. */

/** `k7qm-3x9d` as `k 7 q m, 3 x 9 d`: one letter at a time, a pause for each dash. */
export function spelled(code: string): string {
  return code
    .split("-")
    .map((group) => group.split("").join(" "))
    .join(", ");
}

/** A code has twelve symbols; asking earlier would only call it too short. */
export function longEnough(draft: string): boolean {
  return draft.replace(/[\s-]/g, "").length >= 12;
}
