import { isMailbox } from '../../domain/address.ts'
import { latestWeekday, parisInstant } from '../../domain/paris.ts'
import { randomUuid } from '../../platform/chance.ts'
import { csvText } from '../../platform/csv.ts'
import type { NewLetter } from '../../registry/letters.ts'
import { listed, lists, type ListName, type ListRow } from '../../registry/lists.ts'
import type { Faculty, Rooms } from '../rooms.ts'
import type { Attachment } from './mailer.ts'

const day = 86_400_000
/** What a faculty is written about: what its registrars can mend in the record. */
const about = ['shared-addresses', 'invalid-addresses'] as const

/** A list as a spreadsheet opens it. */
export function csvOf(name: ListName, rows: readonly ListRow[]): string {
  return csvText(lists[name].columns, rows)
}

/** The weekly letter of each faculty that has an e-mail address and composantes, on the morning of `letters.lists_on`
 *  and for a day after it: one for each week. */
export function facultyListsDue({ rules, clock, chance }: Rooms): NewLetter[] {
  const { listsOn, sendAt } = rules.letters
  if (listsOn === null) return []
  const now = clock.now()
  const week = latestWeekday(now, listsOn)
  const from = parisInstant(week, sendAt === 'now' ? '00:00' : sendAt)
  if (now < from || now.getTime() - from.getTime() >= day) return []
  return rules.faculties.filter(isWrittenTo).map(({ id, contact }) => ({
    id: randomUuid(chance),
    kind: 'faculty-list',
    number: null,
    address: contact,
    once: `faculty-list ${id} ${week}`,
    dueAt: now,
    facts: { faculty: id },
  }))
}

export interface FacultyList {
  readonly facts: Readonly<Record<string, string>>
  readonly attachments: readonly Attachment[]
}

/** What a faculty is told as things stand when the letter leaves; null when there is nothing to tell. */
export async function facultyList({ registry, rules }: Rooms, id: string): Promise<FacultyList | null> {
  const faculty = rules.faculties.find((each) => each.id === id)
  if (faculty === undefined) return null
  const found = await Promise.all(
    about.map(async (name) => {
      const rows = await listed(registry.db, name)
      return { name, rows: rows.filter(({ component }) => faculty.components.includes(String(component))) }
    }),
  )
  const [shared = 0, invalid = 0] = found.map(({ rows }) => rows.length)
  if (shared + invalid === 0) return null
  return {
    facts: {
      faculty: faculty.name_fr,
      facultyEn: faculty.name_en,
      shared: String(shared),
      invalid: String(invalid),
    },
    attachments: found
      .filter(({ rows }) => rows.length > 0)
      .map(({ name, rows }) => ({
        name: `${name}.csv`,
        type: 'text/csv; charset=utf-8',
        text: `\uFEFF${csvOf(name, rows)}`,
      })),
  }
}

function isWrittenTo({ contact, components }: Faculty): boolean {
  return components.length > 0 && isMailbox(contact)
}
