import { addDays, parisDay, parisInstant } from './paris.ts'

/** Of several moments in the life of one matter, the step that has been reached: the latest whose time has come; null
 *  before the first. Whoever looks late, after a halt, sees one step, not all of them. */
export function stepReached(
  steps: readonly { readonly days: number; readonly at: Date }[],
  now: Date,
): number | null {
  const reached = steps.filter(({ at }) => at <= now)
  const latest = reached.reduce<(typeof reached)[number] | null>(
    (best, step) => (best === null || step.at > best.at ? step : best),
    null,
  )
  return latest?.days ?? null
}

/** The mornings on which somebody who was written to at `sent` and has done nothing is reminded.
 *  @param days after the day of the letter
 *  @param time `HH:MM` in Paris */
export function reminders(sent: Date, days: readonly number[], time: string): { days: number; at: Date }[] {
  const day = parisDay(sent)
  return days.map((count) => ({ days: count, at: parisInstant(addDays(day, count), time) }))
}

/** The mornings on which somebody whose grace ends with `lastDay` is warned. */
export function warnings(
  lastDay: string,
  days: readonly number[],
  time: string,
): { days: number; at: Date }[] {
  return days.map((count) => ({ days: count, at: parisInstant(addDays(lastDay, -count), time) }))
}
