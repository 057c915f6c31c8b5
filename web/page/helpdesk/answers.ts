/** What the API of the helpdesk answers, as far as the page reads it (its OpenAPI has the whole). */

export type Act =
  | 'read'
  | 'key'
  | 'resend'
  | 'reread'
  | 'address'
  | 'lists'
  | 'faults'
  | 'lock'
  | 'plans'
  | 'funnel'
  | 'audit'

export interface Session {
  name: string
  roles: string[]
  scope: string[] | null
  may: Act[]
}

export interface Found {
  number: string
  family_name: string
  first_name: string | null
  birth_date: string | null
  component_label: string | null
  step: string | null
  state: string
  locked: boolean
}

export interface Letter {
  id: string
  kind: string
  state: string
  at: string
  reason: string | null
  resendable: boolean
}

export interface Card {
  number: string
  why: string
  next: { actor: string; contact: { name_fr: string; name_en: string; contact: string } | null }
  person: { family_name: string; birth_name: string; first_name: string | null; birth_date: string | null }
  enrolments: { year: string; step: string; component_label: string | null; state: string; main: boolean }[]
  right: { kind: string; years: string[]; reason: string }
  account: { state: string; locked: boolean; mail: string | null }
  address: { state: string; masked: string | null }
  key: { state: string; version: number | null; created_at: string | null; published_at: string | null }
  letters: Letter[]
  resets: { requested: string; sent: string | null; used: string | null }[]
  limits: { blocked_until: string | null }
  targets: Record<string, { state: string }>
  promises: { kind: string; target: string | null; started: string; due: string; kept: string | null }[]
  source: { read_at: string | null; next_expected: string | null }
  timeline: { at: string; what: string }[]
}

export interface Revealed {
  key: string
  groups: string[]
  version: number
}

export interface List {
  columns: string[]
  rows: Record<string, string | number | null>[]
}

export interface Plan {
  digest: string
  kind: string
  target: string | null
  detail: string
  created_at: string
  members: number
}

export interface PlanDiff extends Plan {
  list: {
    number: string
    family_name: string | null
    first_name: string | null
    component: string | null
    state: string | null
    right_reason: string | null
  }[]
  next: string | null
}

export interface Steps {
  enrolled: number
  lettered: number
  activated: number
  ready: number
}

export interface Funnel {
  faculties: ({ id: string | null; name_fr: string; name_en: string } & Steps)[]
}

export interface Trail {
  acts: {
    id: number
    at: string
    actor: string
    action: string
    number: string | null
    facts: Record<string, unknown>
  }[]
  next: number | null
}
