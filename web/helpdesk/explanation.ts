import { addressFault } from '../../domain/address.ts'
import { keyState } from '../../domain/key.ts'
import { nextActor, type NextActor } from '../../domain/next-actor.ts'
import { why, type Situation } from '../../domain/why.ts'
import { later } from '../../platform/clock.ts'
import { historyOf, type History } from '../../registry/explanation.ts'
import { lastAccepted } from '../../registry/facts.ts'
import { keyFaultOf } from '../../registry/key-faults.ts'
import { blockedUntil } from '../../registry/limits.ts'
import { addressStateOf, type Student } from '../../registry/students.ts'
import type { Db, HoldKind } from '../../registry/tables.ts'
import { timelineOf, type Moment } from './timeline.ts'

/** Where a student stands, and in one sentence why (docs: `explain NUMBER`). Instants are ISO 8601 in UTC. */
export interface Explanation {
  readonly number: string
  readonly right: {
    readonly has: boolean
    readonly kind: string
    readonly years: readonly string[]
    readonly reason: string
  }
  readonly account: { readonly state: string; readonly locked: boolean; readonly mail: string | null }
  readonly address: { readonly state: string }
  readonly key: {
    readonly state: string
    readonly version: number | null
    readonly published_at: string | null
  }
  readonly letters: readonly { readonly kind: string; readonly state: string; readonly at: string }[]
  readonly resets: readonly {
    readonly requested: string
    readonly sent: string | null
    readonly used: string | null
  }[]
  readonly limits: { readonly blocked_until: string | null }
  readonly targets: Readonly<Record<string, { readonly state: string }>>
  readonly promises: readonly {
    readonly kind: string
    readonly target: string | null
    readonly started: string
    readonly due: string
    readonly kept: string | null
  }[]
  readonly source: { readonly read_at: string | null; readonly next_expected: string | null }
  readonly held: readonly { readonly kind: HoldKind; readonly target: string | null }[]
  readonly timeline: readonly Moment[]
  /** French, to be read aloud. */
  readonly why: string
}

export interface Explaining {
  /** The directories, in order. */
  readonly targets: readonly string[]
  /** Whether activation asks the birth date. */
  readonly asksBirthDate: boolean
  readonly keyFailures: number
  readonly keyWindowMs: number
  readonly sourceIntervalMs: number
  readonly now: Date
}

/** What is told of a student, who must act next, and the history it was read from. */
export async function explain(
  db: Db,
  { account, person }: Student,
  asked: Explaining,
): Promise<{ told: Explanation; next: NextActor; history: History }> {
  const { number } = person
  const history = await historyOf(db, number)
  const key = history.keys.at(-1)
  const right = { kind: account.right_kind, years: account.right_years, reason: account.right_reason }
  const address = addressStateOf(person)
  const targets = Object.fromEntries(
    asked.targets.map((name) => [name, { state: targetState(history, name) }]),
  )
  const situation: Situation = {
    right,
    state: account.state,
    locked: account.locked,
    address,
    fault: address === 'invalid' ? addressFault(person.address ?? '') : null,
    key: key ? keyState(key.state, right.kind === 'open') : 'none',
    keyFault: await keyFaultOf(db, number),
    birthDateMissing: asked.asksBirthDate && person.birth_date === null,
    held: history.held.map(({ kind }) => kind).find(isAboutRight) ?? null,
    invitation: history.letters.findLast(({ kind }) => kind === 'invitation')?.state ?? null,
    late: Object.entries(targets).flatMap(([name, { state }]) => (state === 'settled' ? [] : [name])),
  }
  const read = await lastAccepted(db)
  const limit = { count: asked.keyFailures, windowMs: asked.keyWindowMs }
  const blocked = await blockedUntil(db, number, limit, asked.now)
  const told: Explanation = {
    number,
    right: { has: right.kind === 'open', ...right },
    account: { state: account.state, locked: account.locked, mail: account.mail },
    address: { state: address },
    key: {
      state: situation.key,
      version: key?.version ?? null,
      published_at: publishedSince(history, key?.created_at ?? null),
    },
    letters: history.letters.map(({ kind, state, due_at, sent_at }) => ({
      kind,
      state,
      at: (sent_at ?? due_at).toISOString(),
    })),
    resets: history.resets.map(({ requested_at, sent_at, used_at }) => ({
      requested: requested_at.toISOString(),
      sent: sent_at?.toISOString() ?? null,
      used: used_at?.toISOString() ?? null,
    })),
    limits: { blocked_until: blocked?.toISOString() ?? null },
    targets,
    promises: history.promises.map(({ kind, target, started, due, kept }) => ({
      kind,
      target,
      started: started.toISOString(),
      due: due.toISOString(),
      kept: kept?.toISOString() ?? null,
    })),
    source: {
      read_at: read?.judged_at.toISOString() ?? null,
      next_expected: read ? later(asked.now, asked.sourceIntervalMs).toISOString() : null,
    },
    held: history.held,
    timeline: timelineOf(history),
    why: why(situation),
  }
  return { told, next: nextActor(situation), history }
}

/** What holds back a right or an account, and not the repair of a directory. */
function isAboutRight(kind: HoldKind): kind is NonNullable<Situation['held']> {
  return kind === 'losses' || kind === 'removals' || kind === 'vanished'
}

/** When the key feed last left with this key in it; null when none has since it was made. */
function publishedSince({ publishedAt }: History, made: Date | null): string | null {
  return publishedAt !== null && made !== null && publishedAt >= made ? publishedAt.toISOString() : null
}

function targetState({ settlements }: History, target: string): string {
  const settlement = settlements.find((each) => each.target === target)
  if (!settlement) return 'absent'
  return settlement.state === 'settled' && settlement.dn === null ? 'absent' : settlement.state
}
