import type { Received } from '../mail-server.ts'
import type { Db } from '../../../registry/tables.ts'
import type { DirectoryView, Values } from './directory-view.ts'

/** Everything that can be seen of a house from outside once its faults have ended, and what was done to it. */
export interface World {
  readonly registry: Db
  readonly directories: readonly DirectoryView[]
  /** The letters that the mail server took, in order. */
  readonly letters: readonly Received[]
  /** Each end of a sender, or of its way to the server, in the middle of letters: how many had come by then. */
  readonly cuts: readonly number[]
  readonly attempts: readonly Attempt[]
  readonly source: {
    /** Students who have a right or grace, by what the source said last. */
    readonly entitled: ReadonlySet<string>
    /** Students of whom it has ever said that their right has ended. */
    readonly ended: ReadonlySet<string>
  }
  /** Keys and tokens that were mailed, and whatever else nobody may read. Passwords are in `attempts`. */
  readonly secrets: readonly string[]
  /** What was written for others to read, where no secret may stand: logs, metrics, answers. */
  readonly texts: readonly { readonly where: string; readonly text: string }[]
  readonly planted: readonly Planted[]
  /** The instant by which everything was to be settled. */
  readonly now: Date
}

/** A student at the page, with a key or the token of a link. Those of one student are in order. */
export interface Attempt {
  readonly number: string
  readonly by: 'key' | 'token'
  readonly secret: string
  readonly password: string
  /** unknown: the answer never came, and it may have been done or not. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
}

/** What is not ours: values that stood there before the faults, and must stand there now. */
export interface Planted {
  readonly directory: string
  readonly dn: string
  readonly values: Values
  /** A whole entry, or attributes of an entry that is ours. */
  readonly whole: boolean
}

export const invariants = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9'] as const
export type Invariant = (typeof invariants)[number]

/** One thing that should not be. */
export interface Broken {
  readonly invariant: Invariant
  readonly detail: string
}

/** The world, and what was read of it once for all invariants. */
export interface Seen extends World {
  /** The entries of each directory by DN. */
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, Values>>
}

/** The number of a student whose entry this is; null for anybody else's. */
export function numberOf(values: Values): string | null {
  return values['uid']?.find((uid) => /^\d{7,8}$/.test(uid)) ?? null
}
