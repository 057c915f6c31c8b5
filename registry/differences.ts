import type { Change } from '../domain/entry.ts'

/** One student who differs, as a report tells it: names of attributes, never a value. */
export interface Difference {
  readonly number: string
  readonly kind: Change['kind'] | 'conflict'
  readonly attributes: readonly string[]
}

/** What a pass would do to a target that is only observed, in students and entries. */
export interface Differences {
  readonly add: number
  readonly modify: number
  readonly rename: number
  readonly remove: number
  /** Entries by attribute that would be changed, of those to modify. */
  readonly attributes: Readonly<Record<string, number>>
  /** Entries that are not ours and bear a login that a student needs. */
  readonly conflicts: number
  /** Entries of ours that somebody else has changed or removed. */
  readonly drifted: number
  /** Those of them whose repair the brake would hold. */
  readonly held: number
  /** Students whose losses, in all targets or this one, wait for a person. */
  readonly waiting: number
  readonly sample: readonly Difference[]
}

/** Letters that would have left. */
export interface UnsentLetters {
  readonly due: number
  /** Those whose hour has not come. */
  readonly later: number
  /** Of those due. */
  readonly kinds: Readonly<Record<string, number>>
}
