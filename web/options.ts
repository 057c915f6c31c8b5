import type { Chance } from '../platform/chance.ts'
import type { Clock } from '../platform/clock.ts'
import type { SharedCount } from '../platform/shared-count.ts'
import type { Flows } from './flows.ts'
import type { Helpdesk } from './helpdesk/options.ts'

/** Everything the page needs from outside. */
export interface AppOptions {
  flows: Flows
  config: AppConfig
  log: Log
  clock: Clock
  chance: Chance
  /** Where several processes count requests together; absent: each counts its own. */
  shared?: SharedCount
  /** Absent: there is no helpdesk. */
  helpdesk?: Helpdesk
}

/** Settings of the page, already read and checked. */
export interface AppConfig {
  /** `public.base_url`: the origin students see, such as `https://moncompte.sorbonne-universite.fr`. */
  baseUrl: string
  /** Proxies whose X-Forwarded-For is believed: none, all, or addresses and networks. */
  trustProxy: boolean | string | string[]
  /** Our own mail domains, in lower case; the domains under them count too. */
  ownDomains: readonly string[]
  /** Whether activation asks the birth date beside number and key. */
  asksBirthDate: boolean
  links: Links
  contacts: readonly Contact[]
  /** The coarse limit per network over all limited calls (3000 is usual). */
  requestsPerMinute: number
  /** The same for passwords judged while they are typed, counted apart. */
  judgementsPerMinute: number
  /** Where Vite put the page: a folder with `index.html` and `assets/`. */
  pageFolder: string
}

/** Addresses shown at the end; null where the university has none. */
export interface Links {
  webmail: string | null
  ent: string | null
  ent_upmc: string | null
  cas: string | null
  /** Services that a student may be on the way to; each opens what lies below it. */
  services: readonly string[]
}

/** Whom to ask: a faculty or service, and an address, a number or a link. */
export interface Contact {
  name_fr: string
  name_en: string
  contact: string
}

/** The part of platform/log.ts that the page uses. */
export interface Log {
  info(event: string, facts?: Record<string, unknown>): void
  warn(event: string, facts?: Record<string, unknown>): void
  error(event: string, facts?: Record<string, unknown>, error?: unknown): void
}
