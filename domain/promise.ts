import { nextDayAt } from './paris.ts'

/** What the university prints, as clocks (rules: promises). */
export type PromiseKind = 'letter' | 'account' | 'password'

const hour = 3_600_000

/** When a promise that started at `started` is due: the letter the next day at noon in Paris,
 *  the account within 48 hours, the password within one. */
export function dueOf(kind: PromiseKind, started: Date): Date {
  if (kind === 'letter') return nextDayAt(started, '12:00')
  return new Date(started.getTime() + (kind === 'account' ? 48 : 1) * hour)
}
