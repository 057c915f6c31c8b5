import type { LeaveRules } from '../domain/lifecycle.ts'
import type { Weekday } from '../domain/paris.ts'
import type { EnrolmentState } from '../domain/person.ts'
import type { Site } from '../domain/profile.ts'
import type { YearRules } from '../domain/year.ts'
import type { Advances } from '../platform/advance.ts'
import type { Chance } from '../platform/chance.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { KeyRing } from '../platform/seal.ts'
import type { Verifiers } from '../platform/verifier.ts'
import type { Registry } from '../registry/open.ts'
import type { BounceMailbox } from './bounce/mailbox.ts'
import type { Brakes } from './guard.ts'
import type { ActivationKeySource } from './key/source.ts'
import type { Leadership } from './leadership.ts'
import type { Mailer } from './letter/mailer.ts'
import type { Source } from './source/source.ts'
import type { Target } from './target/target.ts'

/** All that a pass works with. */
export interface Rooms {
  readonly source: Source
  readonly registry: Registry
  readonly targets: readonly Target[]
  readonly leadership: Leadership
  readonly mailer: Mailer
  /** Where letters come back to; absent: nobody looks. */
  readonly bounces?: BounceMailbox
  readonly ring: KeyRing
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly metrics: Metrics
  readonly advances: Advances
  readonly rules: Rules
  /** Who supplies activation keys; absent: they are made here. */
  readonly keySource?: ActivationKeySource
  /** By whom sign-in is tried; absent: by nobody. */
  readonly canary?: Canary
}

/** A login of nobody in every directory that is written (docs/decisions/023-the-canary.md). */
export interface Canary {
  readonly login: string
  /** Between two tries. */
  readonly everyMs: number
  /** The age at which its password is replaced. */
  readonly renewMs: number
  readonly verifiers: Pick<Verifiers, 'make'>
}

/** Part of a university: whom its students ask, and which composantes it holds (COD_CMP). */
export interface Faculty {
  readonly id: string
  readonly name_fr: string
  readonly name_en: string
  readonly contact: string
  readonly components: readonly string[]
  /** A sentence added to its letters, in French and in English; may be empty. */
  readonly letter_fr: string
  readonly letter_en: string
}

/** Whom students ask: its name, and an address, a number or a web page. */
export type Contact = Pick<Faculty, 'name_fr' | 'name_en' | 'contact'>

/** The law of the house as settings have it (docs/settings.md). */
export interface Rules {
  readonly years: YearRules
  readonly rightStates: readonly EnrolmentState[]
  readonly leave: LeaveRules
  /** Days before the end of grace on which a warning leaves. */
  readonly warnDays: readonly number[]
  readonly brakes: Brakes
  /** Share of entries changed by others above which repairs are held. */
  readonly maxDrift: number
  readonly ownDomains: readonly string[]
  readonly site: Site
  readonly letters: {
    /** `HH:MM` in Paris, or `now`. */
    readonly sendAt: string
    /** No letter for facts earlier than this. */
    readonly since: Date | null
    readonly mode: 'send' | 'observe'
    readonly perMinute: number
    readonly retryHours: number
    /** When faculties are sent their lists; null: never. */
    readonly listsOn: Weekday | null
    /** Days after the invitation. */
    readonly remindDays: readonly number[]
    readonly sender: string
    /** Envelope sender, in which `{letter}` stands for the letter's id; null: `sender`. */
    readonly returnPath: string | null
    /** Between two looks at what has come back. */
    readonly bouncesEveryMs: number
    /** Folder of the site's own texts, which win over ours. */
    readonly templates: string | null
    readonly baseUrl: string
    readonly webmail: string | null
  }
  readonly reset: {
    readonly lifetimeHours: number
    readonly lettersPerHour: number
    /** Whether grace is enough for a link. */
    readonly inGrace: boolean
  }
  readonly faculties: readonly Faculty[]
  /** Whom anybody may ask (setting `contacts`). */
  readonly contacts: readonly Contact[]
  /** Where the key feed is written; null: nowhere. */
  readonly keysPath: string | null
  /** The same for the certificate, and whether it prints the key of whoever cannot be written to. */
  readonly certificate: { readonly path: string | null; readonly printsKey: boolean }
  /** Which numbers are others' now: a file OLD;NEW; null: none. */
  readonly mergesPath: string | null
  /** After how long, and how many full snapshots, an absence is told as such. */
  readonly vanished: { readonly afterDays: number; readonly afterSnapshots: number }
  /** The daily report of what is only observed: whom it is mailed to, how many it names, how long it is kept. */
  readonly reports: { readonly to: readonly string[]; readonly sample: number; readonly keepDays: number }
  /** How many students are settled in one target at the same time. */
  readonly window: number
  /** A directory whose changes can be followed is read whole no later than this after the last time. */
  readonly wholeScanMs: number
}
