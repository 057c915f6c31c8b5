import type { Snapshot } from '../../domain/snapshot.ts'

/** Where the facts come from. A source is only ever read. */
export interface Source {
  /** What the source says now, read whole and checked whole; null when it holds nothing that was not read before.
   *  Throws an IdentityError `FEED_…`; its `transient` says whether the same read may succeed later by itself.
   *  An aborted read throws the reason of the signal. */
  read(options?: ReadOptions): Promise<Snapshot | null>
  /** The source in a few words, for people: a folder or a server, never a credential. */
  describe(): string
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Read what lies there even if it was read before. */
  readonly again?: boolean | undefined
}
