import type { Enrolment, EnrolmentState } from './person.ts'
import { before, type Years } from './year.ts'

/** What an enrolment entitles somebody to today (guide: « IA payée ou non, mais ni annulée ni résiliée »). */
export interface Right {
  /** open: may have an account · grace: keeps the one they have · none. */
  readonly kind: RightKind
  /** The years that give it, oldest first. */
  readonly years: readonly string[]
  readonly reason: RightReason
}

export type RightKind = 'open' | 'grace' | 'none'
export type RightReason =
  | 'MERGED'
  | 'VANISHED'
  | 'ENROLLED'
  | 'GRACE'
  | 'CANCELLED'
  | 'TERMINATED'
  | 'IN_CREATION'
  | 'YEAR_OVER'
  | 'NEVER_ENROLLED'

/** The right of somebody with these enrolments. Payment is never looked at.
 *  `states` are the enrolment states that count (setting `right.states`). */
export function rightOf(
  enrolments: readonly Enrolment[],
  years: Years,
  states: readonly EnrolmentState[],
): Right {
  const valid = enrolments.filter((enrolment) => states.includes(enrolment.state))
  const within = (wanted: readonly string[]) =>
    [...new Set(valid.map((enrolment) => enrolment.year).filter((year) => wanted.includes(year)))].sort()

  const open = within(years.open)
  if (open.length > 0) return { kind: 'open', years: open, reason: 'ENROLLED' }
  const grace = within(years.grace)
  if (grace.length > 0) return { kind: 'grace', years: grace, reason: 'GRACE' }
  return { kind: 'none', years: [], reason: whyNone(enrolments, years) }
}

/** Whether somebody with a right in `openYear` comes back after a gap, that is without any in the year
 *  before (guide: « Cas d'un ancien étudiant se réinscrivant après une interruption d'études », IAREINS2). */
export function returnsAfterGap(lastRightYear: string | null, openYear: string): boolean {
  return lastRightYear !== null && lastRightYear < before(openYear)
}

function whyNone(enrolments: readonly Enrolment[], years: Years): RightReason {
  const current = enrolments.filter((enrolment) => years.open.includes(enrolment.year))
  if (current.some((enrolment) => enrolment.state === 'C')) return 'IN_CREATION'
  if (current.some((enrolment) => enrolment.state === 'R')) return 'TERMINATED'
  if (current.some((enrolment) => enrolment.state === 'A')) return 'CANCELLED'
  return enrolments.length > 0 ? 'YEAR_OVER' : 'NEVER_ENROLLED'
}
