import type { Rooms } from '../daemon/rooms.ts'
import { lastReport, type DailyReport } from '../registry/daily-reports.ts'

/** The latest daily report of whatever is only observed, each target by itself, then the letters. */
export async function lastReports({ registry, targets, rules }: Rooms): Promise<DailyReport[]> {
  const observed: (string | null)[] = targets.filter(({ mode }) => mode === 'observe').map(({ name }) => name)
  if (rules.letters.mode === 'observe') observed.push(null)
  const reports = await Promise.all(observed.map((target) => lastReport(registry.db, target)))
  return reports.filter((report) => report !== null)
}

/** One of them as a line: what it counted on its day. */
export function reportLine({ target, day, differences }: DailyReport): string {
  if ('due' in differences)
    return `letters (only observed), report of ${day}: ${differences.due} due, ${differences.later} later`
  const { add, modify, rename, remove, conflicts, held } = differences
  return (
    `${target}, report of ${day}: ${add} to add, ${modify} to modify, ${rename} to rename, ${remove} to remove` +
    `, ${conflicts} conflicts, ${held} held`
  )
}
