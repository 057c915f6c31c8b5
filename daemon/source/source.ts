import type { StudentRecord } from '../../domain/person.ts'
import type { Snapshot } from '../../domain/snapshot.ts'

/** Where the facts come from. A source is only ever read. Whoever brings another student-records system writes one of
 *  these (docs/pegase.md). */
export interface Source {
  /** What the source says now, read whole and checked whole; null when it holds nothing that was not read before.
   *  Throws an IdentityError `FEED_…`; its `transient` says whether the same read may succeed later by itself.
   *  An aborted read throws the reason of the signal. */
  read(options?: ReadOptions): Promise<Snapshot | null>
  /** What the source says now of one student, at once; absent where a source cannot be asked so. Throws as `read`. */
  readonly readStudent?: (number: string, signal?: AbortSignal) => Promise<OneStudent>
  /** Whether a look costs the other side much, so that one which was refused for good is not repeated at once. */
  readonly costly?: boolean
  /** The source in a few words, for people: a folder or a server, never a credential. */
  describe(): string
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Read what lies there even if it was read before. */
  readonly again?: boolean | undefined
}

export interface OneStudent {
  /** By the clock of the source. */
  readonly takenAt: Date
  /** Oldest first. */
  readonly openYears: readonly string[]
  /** null when the source shows nobody of that number in the years that are read. */
  readonly record: StudentRecord | null
}
