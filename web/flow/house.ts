import type { MailRules } from '../../domain/mail.ts'
import type { Chance } from '../../platform/chance.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Judge } from '../../platform/judge.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { KeyRing } from '../../platform/seal.ts'
import type { Verifiers } from '../../platform/verifier.ts'
import type { Registry } from '../../registry/open.ts'

/** What the page is opened with. */
export interface House {
  readonly registry: Registry
  readonly ring: KeyRing
  readonly verifiers: Verifiers
  readonly judge: Judge
  /** Another, for what anybody may ask while typing: it never makes a choice wait (rules: passwords). */
  readonly typing: Judge
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly metrics: Metrics
  readonly rules: PageRules
}

export interface PageRules {
  readonly mail: MailRules
  readonly names: 'usage' | 'birth'
  /** Whether grace is enough for a reset (setting `year.reset_in_grace`). */
  readonly resetInGrace: boolean
  readonly progressDays: number
  /** Whether number and key need the birth date beside them (setting `activation.ask_birth_date`). */
  readonly asksBirthDate: boolean
  /** What many students do in the same moment is written together. */
  readonly gathering: {
    /** Students at most in one statement. */
    readonly most: number
    /** How long they wait for each other while passwords wait to be hashed. */
    readonly forMs: number
  }
  readonly limits: {
    /** Wrong keys of one student from one network within the window. */
    readonly keyFailures: number
    readonly keyWindowMs: number
    /** Wrong keys, tokens and requests from one network within the window. */
    readonly networkFailures: number
    readonly networkWindowMs: number
  }
}
