import type { AccountState } from './account.ts'
import type { Attributes, Entry } from './entry.ts'
import type { Enrolment, EnrolmentState, Person } from './person.ts'
import type { Right } from './right.ts'

/** All that a directory entry is made from. */
export interface Holder {
  readonly person: Person
  readonly enrolments: readonly Enrolment[]
  readonly state: AccountState
  readonly locked: boolean
  readonly right: Right
  /** `YYYY-MM-DD`: the last day of grace, while the right is grace. */
  readonly graceUntil: string | null
  /** The institutional address. */
  readonly mail: string | null
  /** Those of former names: they stay the student's. */
  readonly formerMails: readonly string[]
  /** The personal address, when mail may be sent to it. */
  readonly personalAddress: string | null
  /** Stand-ins of the verifiers by scheme, for comparing. */
  readonly verifiers: Readonly<Record<string, string>>
  /** Whether there is a mailbox, as far as we keep those. */
  readonly hasMailbox: boolean
}

/** What is the same for the whole site. */
export interface Site {
  /** UAI of the establishment, `0755890V` (to confirm: a setting). */
  readonly establishment: string
  /** The scope of eduPersonPrincipalName. */
  readonly scope: string
  readonly names: 'usage' | 'birth'
  /** The states of an enrolment that count (setting `right.states`). */
  readonly rightStates: readonly EnrolmentState[]
}

/** A directory as code: what it must say of a student, and what of it is ours. */
export interface Profile {
  readonly name: string
  /** Where the entries of people stand. */
  readonly base: string
  /** Which entries under the base are of students at all. */
  readonly filter: string
  readonly objectClasses: readonly string[]
  /** The attributes we own; all others are somebody else's. `objectClass` is only ever added to. */
  readonly managed: readonly string[]
  /** The scheme of `userPassword` there. */
  readonly scheme: string
  /** readable: `userPassword` can be read back and is compared · write-only: it is settled by version. */
  readonly verifier: 'readable' | 'write-only'
  /** Whether it says that there is a mailbox. */
  readonly tellsMailbox?: boolean
  /** The entry a holder must have, or null when there must be none. */
  entry(holder: Holder, site: Site): Entry | null
  /** The student number of an entry found there, or null when it bears none. */
  identify(attributes: Attributes): string | null
}

/** What is kept for a directory of the verifiers by scheme: one that was found there when it was taken over, until the
 *  student chooses another; else the one of its scheme. */
export function heldFor<T>(
  { name, scheme }: Pick<Profile, 'name' | 'scheme'>,
  verifiers: Readonly<Record<string, T>>,
): T | undefined {
  return verifiers[`${scheme}@${name}`] ?? verifiers[scheme]
}

/** Accounts that may sign in: their verifier stands in the directory. */
export function maySignIn({ state, locked }: Pick<Holder, 'state' | 'locked'>): boolean {
  return state === 'active' && !locked
}

/** Whether an account has an entry at all: from activation to purge. */
export function hasEntry({ state }: Pick<Holder, 'state'>): boolean {
  return state === 'active' || state === 'suspended' || state === 'closed'
}

/** The student number as `uid`, as both former universities and SupAnn have it. */
export function numberFromUid(attributes: Attributes): string | null {
  const [uid, ...more] = attributes['uid'] ?? []
  return uid !== undefined && more.length === 0 && /^[0-9]{7,8}$/.test(uid) ? uid : null
}
