/** Above these, a person must agree. */
export interface Brakes {
  /** So many at once are always let through. */
  readonly maxRemovals: number
  /** And so is this share of the whole, 0 to 1. */
  readonly maxShare: number
}

export interface Verdict {
  /** Who may be taken something away from now. */
  readonly free: readonly string[]
  /** Who waits for approval; empty when nothing is held. */
  readonly held: readonly string[]
}

/** Decides which losses go through (rules: brakes). Pure.
 *
 *  `losing` are the students who would lose something, `whole` how many have it now, `approved` those whose loss a
 *  person has agreed to. An approval frees its own members and nobody else: whoever joined since waits for another,
 *  whoever left the set is no longer in `losing`. */
export function guard(
  losing: readonly string[],
  whole: number,
  approved: ReadonlySet<string>,
  { maxRemovals, maxShare }: Brakes,
): Verdict {
  const free = losing.filter((number) => approved.has(number))
  const rest = losing.filter((number) => !approved.has(number))
  // Divided, since 100 * 0.29 is less than 29 in binary: a share of exactly the bound is not above it.
  const tooMany = rest.length > maxRemovals && rest.length / whole > maxShare
  return tooMany ? { free, held: rest } : { free: losing, held: [] }
}
