import { maskedAddress } from '../../domain/mask.ts'
import type { NextActor } from '../../domain/next-actor.ts'
import { targetNames } from '../../registry/settlements.ts'
import type { Student } from '../../registry/students.ts'
import { explain } from './explanation.ts'
import type { Helpdesk, HelpdeskRules } from './options.ts'
import { resendingOf } from './resendable.ts'

/** Everything that a call needs, on one screen. */
export async function cardOf({ registry, clock, rules }: Helpdesk, student: Student) {
  const { person, enrolments } = student
  const { told, next, history } = await explain(registry.db, student, {
    targets: await targetNames(registry.db),
    asksBirthDate: rules.asksBirthDate,
    keyFailures: rules.keyFailures,
    keyWindowMs: rules.keyWindowMs,
    sourceIntervalMs: rules.sourceIntervalMs,
    now: clock.now(),
  })
  const newest = enrolments.map(({ year }) => year).reduce((one, other) => (one > other ? one : other), '')
  const current = enrolments.filter(({ year }) => year === newest)
  const key = history.keys.at(-1)
  return {
    ...told,
    person: {
      family_name: person.usage_name ?? person.birth_name,
      birth_name: person.birth_name,
      first_name: person.chosen_first_name ?? person.first_name,
      birth_date: person.birth_date,
      first_seen: person.first_seen_at.toISOString(),
    },
    enrolments: current.map(({ year, step, component, componentLabel, state, main }) => ({
      year,
      step,
      component,
      component_label: componentLabel,
      state,
      main,
    })),
    address: { ...told.address, masked: maskedAddress(person.address) },
    key: {
      ...told.key,
      created_at: key?.created_at.toISOString() ?? null,
      ended_at: key?.ended_at?.toISOString() ?? null,
    },
    letters: history.letters.map((letter) => ({
      id: letter.id,
      kind: letter.kind,
      state: letter.state,
      at: (letter.sent_at ?? letter.due_at).toISOString(),
      reason: letter.reason,
      resendable: resendingOf(letter.kind, student.account) !== null,
    })),
    next: { actor: next, contact: contactOf(next, current, rules) },
  }
}

/** Whom to name at the end of the call: the faculty of the student, when it is the registrar or the support who acts. */
function contactOf(
  next: NextActor,
  enrolments: Student['enrolments'],
  { faculties }: HelpdeskRules,
): { name_fr: string; name_en: string; contact: string } | null {
  if (next !== 'registrar' && next !== 'support' && next !== 'student') return null
  const components = enrolments.map(({ component }) => component)
  const faculty = faculties.find((each) => each.components.some((code) => components.includes(code)))
  return faculty ? { name_fr: faculty.name_fr, name_en: faculty.name_en, contact: faculty.contact } : null
}
