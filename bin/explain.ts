import { addressFault } from '../domain/address.ts'
import { keyState } from '../domain/key.ts'
import { why, type Situation } from '../domain/why.ts'
import { later } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import type { Config } from '../platform/settings.ts'
import { historyOf, type History } from '../registry/explanation.ts'
import { lastAccepted } from '../registry/facts.ts'
import { keyFaultOf } from '../registry/key-faults.ts'
import { blockedUntil } from '../registry/limits.ts'
import type { HoldKind } from '../registry/tables.ts'
import { addressStateOf, studentOf } from '../registry/students.ts'
import type { Command } from './desk.ts'
import { timelineOf } from './timeline.ts'

/** `explain NUMBER`: right, account, key state, letters, promises, each target, and in one sentence why. */
export const explain: Command = {
  needsDirectories: false,
  async run({ rooms, settings }, given) {
    const { db } = rooms.registry
    const number = String(given['number'] ?? '')
    const student = await studentOf(db, number)
    if (student === null) throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known`)
    const { account, person } = student
    const history = await historyOf(db, number)
    const key = history.keys.at(-1)
    const right = { kind: account.right_kind, years: account.right_years, reason: account.right_reason }
    const address = addressStateOf(person)
    const targets = Object.fromEntries(
      rooms.targets.map(({ name }) => [name, { state: targetState(history, name) }]),
    )
    const situation: Situation = {
      right,
      state: account.state,
      locked: account.locked,
      address,
      fault: address === 'invalid' ? addressFault(person.address ?? '') : null,
      key: key ? keyState(key.state, right.kind === 'open') : 'none',
      keyFault: await keyFaultOf(db, number),
      held: history.held.map(({ kind }) => kind).find(isAboutRight) ?? null,
      invitation: history.letters.findLast(({ kind }) => kind === 'invitation')?.state ?? null,
      late: Object.entries(targets).flatMap(([name, { state }]) => (state === 'settled' ? [] : [name])),
    }
    const read = await lastAccepted(db)
    const { key_failures: count, key_window_seconds } = settings.config.limits
    const blocked = await blockedUntil(
      db,
      number,
      { count, windowMs: key_window_seconds * 1000 },
      rooms.clock.now(),
    )
    const data = {
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
        next_expected: read ? later(rooms.clock.now(), lookMs(settings.config)).toISOString() : null,
      },
      held: history.held,
      timeline: timelineOf(history),
      why: why(situation),
    }
    const states = Object.entries(targets).map(([name, { state }]) => `${name} ${state}`)
    const lines = [
      data.why,
      '',
      `right    ${right.kind} (${right.reason}) ${right.years.join(', ')}`,
      `account  ${account.state}${account.locked ? ', locked' : ''}  ${account.mail ?? ''}`,
      `address  ${address}`,
      `key      ${situation.key}${key ? `, version ${key.version}` : ''}`,
      `targets  ${states.join(', ')}`,
      ...data.promises.map(
        ({ kind, target, due, kept }) =>
          `promise  ${kind} ${target ?? ''}  due ${due}  ${kept ? `kept ${kept}` : 'open'}`,
      ),
      '',
      ...data.timeline.map(({ at, what }) => `${at}  ${what}`),
    ]
    return { data, bare: true, text: `${lines.join('\n')}\n` }
  },
}

/** How often the source is looked at. */
function lookMs({ source }: Config): number {
  const isDatabase = source.kind === 'oracle' || source.kind === 'postgres'
  return isDatabase ? source.changes_every_minutes * 60_000 : source.interval_seconds * 1000
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
