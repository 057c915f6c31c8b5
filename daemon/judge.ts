import { parisDay } from '../domain/paris.ts'
import type { EnrolmentState } from '../domain/person.ts'
import { rightOf, type Right } from '../domain/right.ts'
import { yearsOn, type Years } from '../domain/year.ts'
import { openedYears } from '../registry/facts.ts'
import {
  countRights,
  everyUnjudged,
  judgeSharing,
  readMark,
  unjudgeAll,
  unjudgeLeaving,
  writeMark,
  writeRights,
  type JudgedRight,
  type Unjudged,
} from '../registry/standings.ts'
import type { AccountRow } from '../registry/tables.ts'
import { forgetReturned, markVanished, vanishedNow } from '../registry/vanished.ts'
import { brake, type Braked } from './brake.ts'
import { judgeLives } from './lives.ts'
import type { Rooms } from './rooms.ts'
import { turnOf } from './turn.ts'

const day = 86_400_000

export interface Judged {
  /** How many students were looked at. */
  readonly judged: number
  /** What waits for a person, by digest. */
  readonly held: readonly { readonly digest: string; readonly members: number }[]
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

  const gone = await judgeVanished(rooms, at)
  const losses = await judgeRights(rooms, years, at)
  await registry.transaction((tx) => judgeSharing(tx, at))
  const { judged, removals } = await judgeLives(rooms, losses.held, at, signal)
  const held = [gone, losses, removals].flatMap(({ digest, held: members }) =>
    digest === null ? [] : [{ digest, members: members.size }],
  )
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

/** Computes rights and writes all but the losses that are held: those keep the right they had. */
async function judgeRights(rooms: Rooms, years: Years, at: Date): Promise<Braked> {
  const { registry, rules } = rooms
  using advance = rooms.advances.begin('rights judged')
  const losses = new Map<string, JudgedRight>()
  for await (const students of everyUnjudged(registry.db)) {
    const rights: JudgedRight[] = []
    for (const student of students) {
      const { number } = student.person
      const right = rightNow(student, years, rules.rightStates)
      const judged = { number, right, lastYear: lastRightYear(student, right, rules.rightStates) }
      // A person has agreed to what has vanished, one by one.
      if (right.reason !== 'VANISHED' && loses(student.account, right, years)) losses.set(number, judged)
      else rights.push(judged)
    }
    await registry.transaction((tx) => writeRights(tx, rights, at))
    advance.by(students.length)
  }
  return await brake(rooms, {
    kind: 'losses',
    target: null,
    numbers: [...losses.keys()],
    whole: await countRights(registry.db),
    brakes: rules.brakes,
    detail: (held) => `${held} students would lose their right`,
    release: (tx, free) =>
      writeRights(
        tx,
        free.flatMap((number) => losses.get(number) ?? []),
        at,
      ),
  })
}

/** What the record gives, unless a person has said that the student goes by another number, or is gone. */
function rightNow({ person, enrolments }: Unjudged, years: Years, states: readonly EnrolmentState[]): Right {
  if (person.merged_into !== null) return { kind: 'none', years: [], reason: 'MERGED' }
  if (person.vanished_at !== null) return { kind: 'none', years: [], reason: 'VANISHED' }
  return rightOf(enrolments, years, states)
}

/** Who has not been in the record for a while keeps everything until a person has agreed to each (rules: years). */
async function judgeVanished(rooms: Rooms, at: Date): Promise<Braked> {
  const { registry, rules } = rooms
  await forgetReturned(registry.db, rules.rightStates)
  const numbers = await vanishedNow(registry.db, {
    before: new Date(at.getTime() - rules.vanished.afterDays * day),
    snapshots: rules.vanished.afterSnapshots,
    states: rules.rightStates,
  })
  return await brake(rooms, {
    kind: 'vanished',
    target: null,
    numbers,
    whole: await countRights(registry.db),
    brakes: { maxRemovals: 0, maxShare: 0 },
    detail: (held) => `${held} students are in the record no more, and would lose their right`,
    release: (tx, free) => markVanished(tx, free, at),
  })
}

/** Whether somebody loses a right: all of it, or the open year's while that year is still open (the calendar's own step
 *  from open to grace is no loss). */
function loses(account: AccountRow | null, right: Right, years: Years): boolean {
  const held = account?.right_kind ?? 'none'
  if (right.kind === 'none') return held !== 'none'
  const stillOpen = account?.right_years.some((year) => years.open.includes(year)) ?? false
  return right.kind === 'grace' && held === 'open' && stillOpen
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
