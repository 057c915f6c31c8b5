import { parisDay } from '../domain/paris.ts'
import { randomUuid } from '../platform/chance.ts'
import { later } from '../platform/clock.ts'
import { isReported, unsentLetters, writeReport, type DailyReport } from '../registry/daily-reports.ts'
import type { Difference, Differences } from '../registry/differences.ts'
import { waitingHolds } from '../registry/holds.ts'
import { post, type NewLetter } from '../registry/letters.ts'
import type { LetterKind } from '../registry/tables.ts'
import type { Gathered } from './differences.ts'
import { guard } from './guard.ts'
import type { Rooms } from './rooms.ts'
import type { Target } from './target/target.ts'

const reports = ['differences', 'unsent-letters'] as const
type Report = (typeof reports)[number]
/** Whoever could not be told within two days is told by the report of another day. */
const lastsMs = 2 * 86_400_000

/** Whether a letter is a report to those who operate: it leaves even where no other letter does. */
export function isReport(kind: LetterKind): kind is Report {
  return reports.some((each) => each === kind)
}

/** The daily report of a target that is only observed: written by the first comparison of the day (Paris) that has
 *  ended, told in the log, mailed to `reports.to`. Whoever leads, and however often they start, there is one. */
export async function reportDifferences(
  rooms: Rooms,
  target: Target,
  gathered: Gathered,
  { drifted, whole }: { drifted: readonly string[]; whole: number },
): Promise<void> {
  const { registry, clock, rules, log } = rooms
  const day = parisDay(clock.now())
  if (await isReported(registry.db, target.name, day)) return
  const holds = await waitingHolds(registry.db)
  const { held } = guard(drifted, whole, new Set(), {
    maxRemovals: rules.brakes.maxRemovals,
    maxShare: rules.maxDrift,
  })
  const differences: Differences = {
    ...gathered.counted(),
    drifted: drifted.length,
    held: held.length,
    waiting: holds
      .filter((each) => each.target === null || each.target === target.name)
      .reduce((total, { members }) => total + members, 0),
  }
  const report = { target: target.name, day, differences }
  if (!(await writeAndPost(rooms, 'differences', report, differencesInWords(target.name, day, differences))))
    return
  const { add, modify, rename, remove, conflicts, waiting } = differences
  log.info('differences-reported', {
    target: target.name,
    day,
    add,
    modify,
    rename,
    remove,
    conflicts,
    drifted: drifted.length,
    held: held.length,
    waiting,
  })
}

/** The same of letters that are written and not sent (`letters.mode: observe`). */
export async function reportLetters(rooms: Rooms): Promise<void> {
  const { registry, clock, rules, log } = rooms
  const day = parisDay(clock.now())
  if (rules.letters.mode !== 'observe' || (await isReported(registry.db, null, day))) return
  const unsent = await unsentLetters(registry.db, clock.now(), reports)
  const kinds = Object.entries(unsent.kinds).map(([kind, count]) => `- ${kind} : ${count}`)
  const facts = {
    day: civil(day),
    due: String(unsent.due),
    later: String(unsent.later),
    kinds: listed(kinds),
  }
  if (!(await writeAndPost(rooms, 'unsent-letters', { target: null, day, differences: unsent }, facts)))
    return
  log.info('unsent-letters-reported', { day, due: unsent.due, later: unsent.later })
}

/** Report and letters in one transaction: nobody is told twice, and nobody is forgotten. */
async function writeAndPost(
  { registry, clock, chance, rules }: Rooms,
  kind: Report,
  report: DailyReport,
  facts: Readonly<Record<string, string>>,
): Promise<boolean> {
  const at = clock.now()
  const letters = [...new Set(rules.reports.to)].map((address): NewLetter => ({
    id: randomUuid(chance),
    kind,
    number: null,
    address,
    once: `${kind} ${report.target ?? ''} ${report.day} ${address}`,
    dueAt: at,
    facts,
    expiresAt: later(at, lastsMs),
  }))
  return registry.transaction(async (tx) => {
    if (!(await writeReport(tx, report, at))) return false
    await post(tx, letters, at)
    return true
  })
}

function differencesInWords(target: string, day: string, differences: Differences) {
  const { attributes, sample, ...counts } = differences
  const names = Object.entries(attributes).map(([name, count]) => `- ${name} : ${count}`)
  return {
    target,
    day: civil(day),
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    attributes: listed(names),
    sample: listed(sample.map(inWords)),
  }
}

const kindInWords: Readonly<Record<Difference['kind'], string>> = {
  add: 'à créer',
  modify: 'à modifier',
  rename: 'à renommer',
  remove: 'à retirer',
  conflict: 'en conflit',
}

function inWords({ number, kind, attributes }: Difference): string {
  return `- ${number} : ${[kindInWords[kind], ...attributes].join(', ')}`
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? '- (aucun)' : lines.join('\n')
}

/** `2026-11-30` as `30/11/2026`. */
function civil(day: string): string {
  return day.split('-').reverse().join('/')
}
