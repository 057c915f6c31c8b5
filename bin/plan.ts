import { compare, type Visitor } from '../daemon/compare.ts'
import type { Rooms } from '../daemon/rooms.ts'
import type { Found, Target } from '../daemon/target/target.ts'
import type { Change } from '../domain/entry.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { waitingHolds } from '../registry/holds.ts'
import type { Command } from './desk.ts'
import { lastReports, reportLine } from './last-reports.ts'
import { linesOf, shown, type ShownChange } from './shown-change.ts'

/** Students of a target that are shown, unless another number is asked for. */
const usual = 10
/** What is shown first: what takes away, and what is rare. */
const order: readonly Change['kind'][] = ['remove', 'rename', 'modify', 'add']

/** `plan [--sample N]`: what waits for a person, and what would change in each directory: counts first, then a sample,
 *  attribute by attribute, with what stands there and what would; never a secret. Writes nothing to any directory. */
export const showPlan: Command = {
  needsDirectories: true,
  async run({ rooms }, given) {
    const most = sampleOf(given['sample'])
    const held = (await waitingHolds(rooms.registry.db)).map(
      ({ digest, kind, target, detail, created_at, members }) => ({
        digest,
        kind,
        target,
        detail,
        since: created_at.toISOString(),
        members,
      }),
    )
    const targets = await Promise.all(rooms.targets.map((target) => planOf(rooms, target, most)))
    const waiting = held.map(
      ({ digest, detail, since }) =>
        `Held since ${since.slice(0, 16).replace('T', ' ')}: ${detail}. To approve: matricule approve ${digest}`,
    )
    const counts = targets.map(
      ({ target, mode, circuit, unreadable, counts: { add, modify, rename, remove }, drifted, conflicts }) =>
        unreadable === null
          ? `${target}${mode === 'observe' ? ' (only observed)' : ''}: ${add} to add, ${modify} to modify, ${rename} to rename, ${remove} to remove` +
            `, ${drifted} changed by others, ${conflicts.length} conflicts`
          : `${target}: cannot be read now (${unreadable})${circuit === 'closed' ? '' : ', and is left alone for a while'}: matricule doctor says more`,
    )
    const samples = targets.flatMap(({ target, sample, students }) =>
      sample.length === 0
        ? []
        : [
            '',
            `${target}, ${sample.length} of ${students}:`,
            ...sample.flatMap(({ number, changes }) => changes.flatMap((each) => linesOf(number, each))),
          ],
    )
    const reports = await lastReports(rooms)
    const lines = [...counts, ...reports.map(reportLine), ...samples]
    const unreadable = targets.flatMap(({ target, unreadable: why }) => (why === null ? [] : [target]))
    return {
      data: { held, targets, reports },
      text: `${[...waiting, ...lines].join('\n')}\n`,
      ...(unreadable.length === 0
        ? {}
        : {
            exit: 1 as const,
            error: {
              code: 'TARGET_UNAVAILABLE' as const,
              message: `${unreadable.join(', ')} cannot be read now`,
            },
          }),
    }
  },
}

function sampleOf(given: unknown): number {
  if (given === undefined) return usual
  const most = Number(given)
  if (!Number.isSafeInteger(most) || most < 0)
    throw new IdentityError('USAGE', '--sample is a whole number, 0 or more')
  return most
}

interface ShownStudent {
  readonly number: string
  readonly changes: readonly ShownChange[]
}

async function planOf(rooms: Rooms, target: Target, most: number) {
  const counts = { add: 0, modify: 0, rename: 0, remove: 0 }
  const conflicts: string[] = []
  const samples = new Map(order.map((kind) => [kind, [] as ShownStudent[]]))
  let drifted = 0
  let students = 0
  const add = (number: string, changes: readonly Change[], found: Found | null) => {
    const kept = samples.get(order.find((kind) => changes.some((each) => each.kind === kind)) ?? 'modify')
    if (kept === undefined || kept.length >= most) return
    kept.push({ number, changes: changes.map((each) => shown(each, found?.attributes ?? {})) })
  }
  const visitor: Visitor = {
    differs(number, changes, isDrifted, found) {
      if (isDrifted) drifted += 1
      for (const { kind } of changes) counts[kind] += 1
      if (changes.length === 0) return
      students += 1
      add(number, changes, found)
    },
    async misses(number, isDrifted, entry) {
      if (isDrifted) drifted += 1
      counts.add += 1
      students += 1
      if ((samples.get('add')?.length ?? 0) < most) add(number, await entry(), null)
    },
    conflict: (number) => conflicts.push(number),
    stands: () => Promise.resolve(),
    taken: () => Promise.resolve(),
  }
  let unreadable: string | null = null
  try {
    await compare(rooms, target, visitor, { thorough: true })
  } catch (thrown) {
    // The others can be told all the same.
    const { code, message } = asIdentityError(thrown)
    if (!code.startsWith('TARGET_')) throw thrown
    unreadable = message
  }
  const sample = [...samples.values()].flat().slice(0, most)
  const circuit = target.circuit?.() ?? 'closed'
  return {
    target: target.name,
    mode: target.mode,
    circuit,
    unreadable,
    counts,
    drifted,
    conflicts,
    students,
    sample,
  }
}
