import type { Attributes, Change, Entry } from '../../domain/entry.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Trial } from './examine.ts'
import type { BreakerState } from './circuit.ts'
import type { Finding } from './finding.ts'

/** An entry as it stands in a directory. */
export interface Found {
  readonly dn: string
  /** The managed attributes, named as the profile names them. Values of `userPassword` are replaced by their MACs. */
  readonly attributes: Attributes
  /** entryUUID: the same entry under whatever name; null where the server has none. */
  readonly uuid: string | null
  /** Of all managed attributes, stored verifiers included (sighting.ts). */
  readonly digest: string
  /** entryCSN: changes with every change of the entry; null where it is not told, or was not asked for. */
  readonly csn: string | null
}

/** The stand-in of a verifier, told which stored one it will be compared with. */
export type Stand = (number: string | null, stored: string) => string

/** An entry as it passes by in a scan: enough to know whether anything need be done about it. */
export interface Sighting {
  readonly uuid: string | null
  /** The student number that it bears; null when it bears none. */
  readonly number: string | null
  /** What its name and all managed attributes say, stored verifiers included, in no order of values. */
  readonly digest: string
  /** entryCSN, where it was asked for. */
  readonly csn: string | null
  /** Whether it is somebody's of whom no number is known: a target that holds such people is not taken over yet. */
  readonly isStranger?: boolean
  /** Decoded when it is asked for. */
  found(stand: Stand): Found
}

/** A directory that we keep. Throws IdentityError TARGET_REFUSED (not transient: the same change will be refused
 *  again) and TARGET_UNAVAILABLE (transient). */
export interface Target {
  readonly name: string
  readonly profile: Profile
  /** observe: read and plan, never write. */
  readonly mode: 'write' | 'observe'
  /** How long passes leave a target alone that has been compared whole; absent: never. Whoever must change is settled all
   *  the while. */
  readonly restMs?: number
  /** Students that a pass settles there at the same time; absent: as many as the rules say. */
  readonly mostInHand?: number
  /** Every entry under the base that the profile's filter matches, in no order, some at a time; told last: where to read
   *  on from, or null where the directory cannot tell what has changed. */
  scan(signal?: AbortSignal): AsyncGenerator<readonly Sighting[], string | null>
  /** What has changed since a scan or another reading of changes ended; null when only another scan can tell. */
  changesSince(mark: string, signal?: AbortSignal): Promise<Changes | null>
  /** A connection of its own: what one student waits for never queues behind a pass. */
  lane(name: 'pass' | 'nudge'): Lane
  /** The desired entry in the spelling of the directory: a name that differs in case or spaces alone is the same name. */
  respell(desired: Entry, found: Found): Entry
  /** Whether it is asked, or left alone since it did not answer (breaker.ts); absent: it is always asked. */
  readonly circuit?: () => BreakerState
  /** Whether whatever is asked of it now is refused at once: nobody need be tried there. */
  readonly isLeftAlone?: () => boolean
  /** What a keeper would find there; absent where there is nothing to look at. */
  readonly examine?: (trial: Trial | null) => Promise<Finding[]>
  /** The result code (RFC 4511, 4.1.9) with which it answers a simple bind on a connection of its own; absent where nobody
   *  signs in. Throws TARGET_UNAVAILABLE when nothing comes back in time. */
  readonly bind?: (dn: string, password: string) => Promise<number>
  /** Whether it has nobody where it shows nobody, as far as it can be told; absent: what it shows is all there is. */
  readonly isInSight?: () => Promise<boolean>
  close(): Promise<void>
}

/** What has changed in a directory. */
export interface Changes {
  /** Entries that are new or changed. */
  readonly sightings: readonly Sighting[]
  /** entryUUIDs of entries that are said to be gone, to be confirmed by reading; none where changes are told by time. */
  readonly gone: readonly string[]
  /** Where to read on from. */
  readonly mark: string
}

export interface Lane {
  /** The entries whose login is `number`: one as a rule, none before, more where somebody else uses it too. */
  read(number: string, stand: Stand): Promise<readonly Found[]>
  /** Makes one change; `verifier` is written wherever the change sets `userPassword`. Of the entry as it was `seen` the
   *  change is made only while it is still that, where the directory can tell. Answers what it has left, or undefined when
   *  the directory does not say, and it must be read. A change may wait for its turn: `permit` is called when it is sent,
   *  and what it throws keeps it from that. */
  apply(change: Change, verifier: string | null, seen?: Seen, permit?: () => void): Promise<After | undefined>
}

/** What a change has left. */
export interface After {
  /** Null when there is no entry any more. */
  readonly found: Found | null
  /** Whether it says exactly what was written: nothing is left to compare. */
  readonly exact: boolean
}

/** What a change was planned from. */
export interface Seen {
  readonly found: Found | null
  readonly stand: Stand
}
