import { parisDay } from '../domain/paris.ts'
import type { EnrolmentState } from '../domain/person.ts'
import { rightOf, type Right } from '../domain/right.ts'
import { yearsOn, type Years } from '../domain/year.ts'
import { openedYears } from '../registry/facts.ts'
import { approvedMembers, endApproved, endHolds, hold } from '../registry/holds.ts'
import {
  countRights,
  everyUnjudged,
  judgeSharing,
  readMark,
  rightHeld,
  unjudgeAll,
  unjudgeLeaving,
  writeMark,
  writeRights,
  type JudgedRight,
  type Unjudged,
} from '../registry/standings.ts'
import { guard } from './guard.ts'
import { judgeLives } from './lives.ts'
import type { Rooms } from './rooms.ts'
import { turnOf } from './turn.ts'

const day = 86_400_000

export interface Judged {
  /** How many students were looked at. */
  readonly judged: number
  /** The digest under which losses wait for a person, when they do. */
  readonly held: { readonly digest: string; readonly members: number } | null
}

/** Facts → decisions, for everyone whose facts have changed: rights first, then who shares an address, then what
 *  follows for account, key and letter. Losses of a right beyond the brakes wait for a person; nothing else does. */
export async function judge(rooms: Rooms, signal?: AbortSignal): Promise<Judged> {
  const { registry, clock, rules } = rooms
  // A record that moved while it is judged would be marked as judged, and what it says now never followed.
  using _turn = await turnOf(registry.db, 'facts')
  const at = clock.now()
  const years = yearsOn(parisDay(at), await openedYears(registry.db), rules.years)
  await lookAgainWhereTimeHasPassed(rooms, years, at)

  const { held, waiting } = await judgeRights(rooms, years, at)
  await registry.transaction((tx) => judgeSharing(tx, at))
  const judged = await judgeLives(rooms, waiting, at, signal)
  return { judged, held }
}

async function lookAgainWhereTimeHasPassed(
  { registry, rules }: Rooms,
  years: Years,
  at: Date,
): Promise<void> {
  const calendar = JSON.stringify([years, rules.rightStates])
  if ((await readMark(registry.db, 'calendar')) !== calendar) {
    await unjudgeAll(registry.db)
    await writeMark(registry.db, 'calendar', calendar)
  }
  const ago = (days: number) => new Date(at.getTime() - days * day)
  const { suspendAfter, closeAfter, purgeAfter } = rules.leave
  await unjudgeLeaving(registry.db, {
    suspend: ago(suspendAfter),
    close: ago(closeAfter),
    purge: ago(purgeAfter),
  })
}

/** Computes rights and writes all but the losses that are held. `waiting` are those whose loss waits. */
async function judgeRights(
  { registry, rules, log, metrics }: Rooms,
  years: Years,
  at: Date,
): Promise<{ held: Judged['held']; waiting: ReadonlySet<string> }> {
  const losses: JudgedRight[] = []
  for await (const students of everyUnjudged(registry.db)) {
    const rights: JudgedRight[] = []
    for (const student of students) {
      const right = rightOf(student.enrolments, years, rules.rightStates)
      const judged = {
        number: student.person.number,
        right,
        lastYear: lastRightYear(student, right, rules.rightStates),
      }
      if (right.kind === 'none' && rightHeld(student.account) !== 'none') losses.push(judged)
      else rights.push(judged)
    }
    await registry.transaction((tx) => writeRights(tx, rights, at))
  }

  const approved = await approvedMembers(registry.db, 'losses', null)
  const verdict = guard(
    losses.map(({ number }) => number),
    await countRights(registry.db),
    approved,
    rules.brakes,
  )
  const free = new Set(verdict.free)
  const members = verdict.held
  const digest = await registry.transaction(async (tx) => {
    await writeRights(
      tx,
      losses.filter(({ number }) => free.has(number)),
      at,
    )
    if (approved.size > 0) await endApproved(tx, 'losses', null, at)
    if (members.length === 0) {
      await endHolds(tx, 'losses', null, at)
      return null
    }
    const detail = `${members.length} students would lose their right`
    return hold(tx, { kind: 'losses', target: null, detail, members, at })
  })
  metrics.planHeld.set({ target: '' }, members.length)
  if (digest === null) return { held: null, waiting: new Set() }
  log.warn('losses-held', { digest, members: members.length })
  return { held: { digest, members: members.length }, waiting: new Set(members) }
}

/** The latest year of a right before the present one, by the record or by our memory: a cancelled enrolment is no right
 *  in the record any more, yet its year was held here. */
function lastRightYear(
  { account, enrolments }: Unjudged,
  right: Right,
  states: readonly EnrolmentState[],
): string | null {
  const former = (years: readonly string[]) => years.filter((year) => !right.years.includes(year))
  const valid = enrolments.filter(({ state }) => states.includes(state)).map(({ year }) => year)
  const remembered = account?.last_right_year ?? null
  const years = [
    ...former(valid),
    ...former(account?.right_years ?? []),
    ...(remembered === null ? [] : [remembered]),
  ]
  return years.sort().at(-1) ?? null
}
