import type { AccessRule } from './access.ts'
import type { TlsOptions } from './tls.ts'

/** Time, given from outside. Instants are `Date`; `monotonic` is milliseconds that never go back. */
export interface Clock {
  now(): Date
  monotonic(): number
  /** Runs `act` once after `ms` milliseconds unless disposed before. */
  after(ms: number, act: () => void): Disposable
}

/** Every bound of the server. Sizes in bytes, times in milliseconds unless the name says seconds. */
export interface Limits {
  /** Largest message taken. */
  messageBytes: number
  /** Deepest nesting of elements in a message, filters included. */
  nesting: number
  connections: number
  connectionsPerAddress: number
  /** A connection without an operation is ended after this time. */
  idleMs: number
  /** A message begun must be whole after this time. */
  messageMs: number
  /** Operations of one connection under way or waiting; beyond, its socket is not read. */
  operationsPerConnection: number
  /** Answers not yet taken by a client; beyond, its searches wait. */
  unsentBytes: number
  /** A client that takes nothing for this long while answers wait is ended. */
  stalledMs: number
  /** Entries one search may return, whatever it asks; then 4. 0: no bound. */
  searchEntries: number
  /** Entries one search may look at; then 11. */
  searchExamined: number
  searchSeconds: number
  /** Conditions in a filter and attributes asked for, together; then 11. */
  searchTerms: number
  /** Entries of one page. */
  pageEntries: number
  /** Entries that one search may sort; with more it cannot (RFC 2891, 11). */
  sortEntries: number
  /** Sorted searches that may wait for their next page, on all connections; then no other can be sorted by pages (51). */
  sortsHeld: number
  /** Longest password that is looked at; a longer one is wrong. */
  passwordBytes: number
  /** Passwords verified at once, and waiting for that; beyond, binds are answered 51. */
  verifications: number
  verificationsWaiting: number
  /** Failures of one name from one address that pass without delay; then each doubles `delayMs` up to
   *  `longestDelayMs`; forgotten after `forgetMs`. */
  freeFailures: number
  delayMs: number
  longestDelayMs: number
  forgetMs: number
  /** Names and addresses remembered for that. */
  failuresKept: number
  /** Changed entries remembered for whoever keeps a copy (RFC 4533); who comes later is told everything. */
  sessionLog: number
  /** Changes that may wait for one who follows them; beyond, they are told to begin again. */
  syncBacklog: number
  /** The log is rewritten as a snapshot when it is larger than this and than twice the last snapshot. */
  logBytes: number
}

export const defaultLimits: Limits = {
  messageBytes: 1_048_576,
  nesting: 64,
  connections: 2_000,
  connectionsPerAddress: 1_000,
  idleMs: 1_800_000,
  messageMs: 30_000,
  operationsPerConnection: 256,
  unsentBytes: 4_194_304,
  stalledMs: 60_000,
  searchEntries: 0,
  searchExamined: 5_000_000,
  searchSeconds: 3_600,
  searchTerms: 4_096,
  pageEntries: 10_000,
  sortEntries: 200_000,
  sortsHeld: 32,
  passwordBytes: 1_024,
  verifications: 4,
  verificationsWaiting: 2_000,
  freeFailures: 5,
  delayMs: 100,
  longestDelayMs: 5_000,
  forgetMs: 900_000,
  failuresKept: 20_000,
  sessionLog: 100_000,
  syncBacklog: 20_000,
  logBytes: 16_777_216,
}

/** Indexes unless told otherwise, as slapd has them: an attribute and its kinds, of `eq` `pres` `sub` `order`. Unknown
 *  ones are an error. */
export const defaultIndexes: readonly string[] = [
  'objectClass',
  'uid',
  'mail',
  'cn',
  'sn',
  'entryUUID',
  'entryCSN eq,order',
]

export interface DirectoryOptions {
  /** `dc=sorbonne-universite,dc=fr` */
  suffix: string
  /** Where the entries are kept; null: in memory only. The caller makes sure that nobody else uses it. */
  folder: string | null
  /** Texts of schema files, what is used before what uses it. */
  schema: readonly string[]
  /** The first rule that fits decides; see `AccessRule`. */
  access: readonly AccessRule[]
  /** Whether `password` fits one stored value of `userPassword`. Must not throw for odd values. */
  verify: (stored: string, password: Buffer) => Promise<boolean>
  /** As `verify`, at once, for what takes no longer than another message; null for what does. Without it everything
   *  is asked of `verify`. */
  verifyAtOnce?: (stored: string, password: Buffer) => boolean | null
  /** Makes and invents passwords, for the Password Modify operation (RFC 3062), which is not offered without. Who may
   *  use it, the access rules say: it takes `write` on userPassword. */
  passwords?: { hash: (password: Buffer) => Promise<string>; generate: () => string }
  /** Who may bind without an entry: whoever fills an empty directory. The rules speak of them as of anybody. */
  accounts?: readonly { dn: string; verifier: string }[]
  /** Makes StartTLS and LDAPS possible. */
  tls?: TlsOptions
  /** A simple bind without TLS is answered 13. */
  requireTls?: boolean
  /** Who may bind by SASL EXTERNAL: the name in the certificate, and the entry that is its bearer. */
  certificates?: readonly { subject: string; dn: string }[]
  /** A new entryUUID. */
  uuid: () => string
  clock: Clock
  /** Facts never hold names of people nor values. */
  log?: (level: 'info' | 'warn' | 'error', event: string, facts: Record<string, unknown>) => void
  count?: (operation: string, resultCode: number) => void
  limits?: Partial<Limits>
  indexes?: readonly string[]
  /** Published in the root DSE. */
  version?: string
}
