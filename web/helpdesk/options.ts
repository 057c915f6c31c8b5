import type { MailRules } from '../../domain/mail.ts'
import type { Chance } from '../../platform/chance.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Log } from '../../platform/log.ts'
import type { KeyRing } from '../../platform/seal.ts'
import type { Registry } from '../../registry/open.ts'
import type { Provider } from './provider.ts'

/** All that the helpdesk works with. */
export interface Helpdesk {
  readonly registry: Registry
  readonly ring: KeyRing
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly metrics: Metrics
  readonly provider: Provider
  readonly rules: HelpdeskRules
}

export interface HelpdeskRules {
  /** `public.base_url`: the provider sends people back under it. */
  readonly baseUrl: string
  /** Claims that name roles, and faculties or composantes. */
  readonly roleClaim: string
  readonly scopeClaim: string
  readonly faculties: readonly DeskFaculty[]
  readonly sessionMs: number
  readonly idleMs: number
  readonly revealsPerHour: number
  readonly resendsPerHour: number
  readonly rereadsPerHour: number
  /** How institutional addresses are formed, and from which name. */
  readonly mail: MailRules
  readonly names: 'usage' | 'birth'
  readonly asksBirthDate: boolean
  readonly keyFailures: number
  readonly keyWindowMs: number
  readonly sourceIntervalMs: number
}

export interface DeskFaculty {
  readonly id: string
  readonly name_fr: string
  readonly name_en: string
  readonly contact: string
  readonly components: readonly string[]
}
