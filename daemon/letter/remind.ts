import { addDays, parisDay } from '../../domain/paris.ts'
import { reminders, stepReached, warnings } from '../../domain/reminder.ts'
import { lastGraceDay } from '../../domain/year.ts'
import { randomUuid } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { post, type NewLetter } from '../../registry/letters.ts'
import { inGrace, reasonsKnown, unansweredInvitations } from '../../registry/reminders.ts'
import type { Rooms } from '../rooms.ts'
import { facultyListsDue } from './faculty-list.ts'

const day = 86_400_000
const batch = 500

/** Writes to those who have waited too long: whoever has not used a key that was mailed (`letters.remind_days`), and
 *  whoever will lose the account at the end of grace (`year.warn_days`); and to the faculties, once a week. One letter for each step, ever; after a halt the
 *  latest step alone. Returns how many letters are due now. */
export async function remind(rooms: Rooms): Promise<number> {
  const letters = [...(await remindersDue(rooms)), ...(await warningsDue(rooms)), ...facultyListsDue(rooms)]
  let posted = 0
  for (let from = 0; from < letters.length; from += batch) {
    const some = letters.slice(from, from + batch)
    const known = await reasonsKnown(
      rooms.registry.db,
      some.flatMap(({ once }) => once ?? []),
    )
    const fresh = some.filter(({ once }) => once !== null && !known.has(once))
    posted += (await rooms.registry.transaction((tx) => post(tx, fresh, rooms.clock.now()))).length
  }
  return posted
}

async function remindersDue(rooms: Rooms): Promise<NewLetter[]> {
  const { registry, clock, rules } = rooms
  const { remindDays } = rules.letters
  if (remindDays.length === 0) return []
  const now = clock.now()
  const unanswered = await unansweredInvitations(
    registry.db,
    later(now, -(Math.min(...remindDays) - 1) * day),
  )
  return unanswered.flatMap(({ number, version, year, sent_at }) => {
    const step = stepReached(reminders(sent_at, remindDays, timeOf(rooms)), now)
    if (step === null) return []
    return [
      letter(rooms, 'reminder', number, `reminder ${number} ${version} ${year} ${step}`, { version, year }),
    ]
  })
}

async function warningsDue(rooms: Rooms): Promise<NewLetter[]> {
  const { registry, clock, rules } = rooms
  const now = clock.now()
  const today = parisDay(now)
  const mostDays = Math.max(0, ...rules.warnDays)
  const steps = new Map<string, number | null>()
  const letters: NewLetter[] = []
  for (const { number, year } of mostDays === 0 ? [] : await inGrace(registry.db)) {
    const last = lastGraceDay(year, rules.years)
    if (today > last || addDays(today, mostDays) < last) continue
    const step = steps.get(year) ?? stepReached(warnings(last, rules.warnDays, timeOf(rooms)), now)
    steps.set(year, step)
    if (step !== null)
      letters.push(letter(rooms, 'closing-soon', number, `closing-soon ${number} ${year} ${step}`, { last }))
  }
  return letters
}

function letter(
  { chance, clock }: Rooms,
  kind: 'reminder' | 'closing-soon',
  number: string,
  once: string,
  facts: Readonly<Record<string, string>>,
): NewLetter {
  return { id: randomUuid(chance), kind, number, address: null, once, dueAt: clock.now(), facts }
}

/** The hour at which letters leave in the morning; in a demonstration, where that is now, the day begins them. */
function timeOf({ rules }: Rooms): string {
  return rules.letters.sendAt === 'now' ? '00:00' : rules.letters.sendAt
}
