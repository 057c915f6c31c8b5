import type { Differences, UnsentLetters } from './differences.ts'
import type { ColumnType, Generated, Kysely, Selectable, Transaction } from 'kysely'
import type { AccountState } from '../domain/account.ts'
import type { AddressState } from '../domain/address.ts'
import type { EnrolmentState } from '../domain/person.ts'
import type { KeyFault } from '../domain/supplied-key.ts'
import type { RightKind, RightReason } from '../domain/right.ts'

/** The tables of schemas/registry, as types. */
export interface Tables {
  snapshot: {
    id: Generated<number>
    number: number
    digest: string
    taken_at: Date
    kind: 'full' | 'delta'
    open_years: string[]
    rows: number
    state: 'accepted' | 'refused' | 'held'
    reason: string | null
    judged_at: Date
  }
  set_aside: { snapshot: number; file: string; line: number; number: string | null; reason: string }
  person: PersonTable
  enrolment: EnrolmentTable
  account: AccountTable
  activation_key: KeyTable
  reset_token: {
    digest: string
    number: string
    requested_at: Date
    expires_at: Date
    used_at: Date | null
    voided_at: Date | null
  }
  verifier: { number: string; scheme: string; sealed: string; mac: string; chosen_at: Date }
  institutional_address: { address: string; number: string | null; found_in: string | null; claimed_at: Date }
  target: { name: string; position: number; bears_password: Generated<boolean> }
  settlement: SettlementTable
  forwarding: {
    number: string
    address: string | null
    unsure: boolean
    before: string | null
    chosen: string | null
    off: boolean
  }
  hold: HoldTable
  hold_member: { digest: string; number: string }
  letter: LetterTable
  promise: PromiseTable
  daily_report: {
    target: string
    day: string
    differences: Json<Differences | UnsentLetters>
    written_at: Date
  }
  tally: { kind: string; target: Generated<string>; result: string; count: Generated<number> }
  failure: { scope: string; subject: string; number: string | null; started_at: Date; count: number }
  reset_request: { id: Generated<number>; address_canonical: string; requested_at: Date }
  read_again: {
    id: Generated<number>
    number: string
    asked_by: string
    asked_at: Date
    answered_at: Date | null
    result: ReadAgainResult | null
    code: string | null
    read_at: Date | null
  }
  key_fault: { number: string; reason: KeyFault; since: Date }
  progress: { id: string; number: string; started_at: Date; expires_at: Date }
  answered_request: { id: string; request: string; answer: Json<unknown>; expires_at: Date }
  audit: {
    id: Generated<number>
    at: Date
    actor: string
    action: string
    number: string | null
    facts: Json<Record<string, unknown>>
  }
  publication: { id: Generated<number>; at: Date; path: string; rows: number; digest: string }
  mark: { name: string; value: string }
  staff_session: {
    digest: string
    subject: string
    name: string
    roles: string[]
    scope: string[] | null
    sealed_hint: string
    created_at: Date
    seen_at: Date
    expires_at: Date
  }
  lease: { name: string; holder: string; expires_at: Date }
  canary: CanaryTable
  migration: { name: string; digest: string; applied_at: Date }
}

/** changed or unchanged: as the source has it · absent: the source shows nobody of that number, and nothing follows ·
 *  held: the open years of the source have moved, which a person approves first · refused: it could not be read ·
 *  impossible: this source cannot be asked for one student. */
export type ReadAgainResult = 'changed' | 'unchanged' | 'absent' | 'held' | 'refused' | 'impossible'

/** Selected as a value, written as its JSON text. */
export type Json<T> = ColumnType<T, string | undefined, string>

interface PersonTable {
  number: string
  ine: string | null
  birth_name: string
  usage_name: string | null
  first_name: string | null
  second_name: string | null
  chosen_first_name: string | null
  birth_date: string | null
  sex: 'M' | 'F' | null
  civility: string | null
  first_year: string | null
  fixed_address: string | null
  annual_address: string | null
  mobile: string | null
  address: string | null
  address_canonical: string | null
  address_state: Exclude<AddressState, 'shared'>
  address_shared: Generated<boolean>
  address_since: Date
  digest: string
  first_seen_at: Date
  missing_since: Date | null
  vanished_at: Generated<Date | null>
  merged_into: Generated<string | null>
  unjudged: Generated<boolean>
}

interface EnrolmentTable {
  number: string
  year: string
  step: string
  step_version: string
  occurrence: string
  diploma: string | null
  component: string | null
  component_label: string | null
  state: EnrolmentState
  payment: string | null
  main: boolean
  created_at: Date | null
  modified_at: Date | null
  cancelled_at: Date | null
  regime: string | null
  sector: string | null
  diploma_type: string | null
  cursus: string | null
  seen_at: Date
  missing_since: Date | null
}

interface AccountTable {
  number: string
  state: Generated<AccountState>
  locked: Generated<boolean>
  version: Generated<number>
  right_kind: Generated<RightKind>
  right_years: Generated<string[]>
  right_reason: Generated<RightReason>
  right_since: Date | null
  left_at: Date | null
  last_right_year: string | null
  mail: string | null
  activated_at: Date | null
  state_since: Date
}

interface KeyTable {
  number: string
  version: number
  state: 'waiting' | 'used' | 'replaced'
  mac: string
  sealed: string | null
  created_at: Date
  ended_at: Date | null
}

interface SettlementTable {
  target: string
  number: string
  state: SettlementState
  version: number | null
  dn: string | null
  entry_uuid: string | null
  written_digest: string | null
  attempts: Generated<number>
  next_at: Date
  settled_at: Date | null
  code: string | null
  detail: string | null
}
export type SettlementState = 'settled' | 'unsettled' | 'held' | 'refused'

interface HoldTable {
  digest: string
  kind: HoldKind
  target: string | null
  detail: string
  created_at: Date
  approved_at: Date | null
  approved_by: string | null
  ended_at: Date | null
}
export type HoldKind = 'years' | 'losses' | 'removals' | 'drift' | 'vanished'

export const letterKinds = [
  'invitation',
  'reset',
  'activation-received',
  'account-ready',
  'address-changed',
  'password-changed',
  'address-shared',
  'reset-not-activated',
  'reset-no-right',
  'key-revealed',
  'locked',
  'reminder',
  'closing-soon',
  'faculty-list',
  'differences',
  'unsent-letters',
] as const
export type LetterKind = (typeof letterKinds)[number]

interface LetterTable {
  id: string
  kind: LetterKind
  number: string | null
  address: string | null
  once: string | null
  state: LetterState
  due_at: Date
  next_at: Date
  claimed_until: Date | null
  attempts: Generated<number>
  first_tried_at: Date | null
  facts: Json<Record<string, string>>
  sealed: string | null
  expires_at: Date | null
  reason: string | null
  created_at: Date
  sent_at: Date | null
}
export type LetterState = 'due' | 'withheld' | 'sent' | 'retrying' | 'bounced' | 'refused' | 'cancelled'

interface PromiseTable {
  id: Generated<number>
  parent: number | null
  kind: 'letter' | 'account' | 'password'
  target: string | null
  number: string
  letter: string | null
  started: Date
  due: Date
  kept: Date | null
  broken: Generated<boolean>
  released: Date | null
}

export interface CanaryTable {
  target: string
  login: string
  dn: string | null
  entry_uuid: string | null
  scheme: string | null
  sealed_password: string | null
  sealed_verifier: string | null
  mac: string | null
  chosen_at: Date | null
  written: Generated<boolean>
  effective_at: Date | null
  tried_at: Date
  result: 'fine' | 'refused' | 'open' | 'unanswered' | 'unwritten' | null
  succeeded_at: Date | null
  refusals: Generated<number>
}

/** Rows as they are read. */
export type PersonRow = Selectable<PersonTable>
export type EnrolmentRow = Selectable<EnrolmentTable>
export type AccountRow = Selectable<AccountTable>
export type KeyRow = Selectable<KeyTable>
export type SettlementRow = Selectable<SettlementTable>
export type HoldRow = Selectable<HoldTable>
export type LetterRow = Selectable<LetterTable>
export type PromiseRow = Selectable<PromiseTable>

/** What a function of this room needs: the registry itself, or a transaction of it. */
export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>
