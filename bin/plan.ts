import { after } from '../daemon/plan.ts'
import { compare, type Visitor } from '../daemon/compare.ts'
import type { Rooms } from '../daemon/rooms.ts'
import type { Target } from '../daemon/target/target.ts'
import type { Change } from '../domain/entry.ts'
import { waitingHolds } from '../registry/holds.ts'
import type { Command } from './desk.ts'

const sample = 10

/** `plan`: what waits for a person, and what would change in each directory, counts first, then a sample. Writes nothing
 *  to any directory. */
export const showPlan: Command = {
  needsDirectories: true,
  async run({ rooms }) {
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
    const targets = await Promise.all(rooms.targets.map((target) => planOf(rooms, target)))
    const waiting = held.map(
      ({ digest, detail, since }) =>
        `Held since ${since.slice(0, 16).replace('T', ' ')}: ${detail}. To approve: matricule approve ${digest}`,
    )
    const lines = targets.flatMap(({ target, counts, drifted, conflicts, sample: shown }) => [
      `${target}: ${counts.add} to add, ${counts.modify} to modify, ${counts.rename} to rename, ${counts.remove} to remove` +
        `, ${drifted} changed by others, ${conflicts.length} conflicts`,
      ...shown.flatMap(({ number, changes }) =>
        changes.map(({ kind, attributes }) => `  ${number}  ${kind}  ${attributes.join(', ')}`),
      ),
    ])
    return { data: { held, targets }, text: `${[...waiting, ...lines].join('\n')}\n` }
  },
}

async function planOf(rooms: Rooms, target: Target) {
  const counts = { add: 0, modify: 0, rename: 0, remove: 0 }
  const conflicts: string[] = []
  const shown: { number: string; changes: ReturnType<typeof told>[] }[] = []
  let drifted = 0
  const visitor: Visitor = {
    differs(number, changes, isDrifted) {
      if (isDrifted) drifted += 1
      for (const { kind } of changes) counts[kind] += 1
      if (changes.length > 0 && shown.length < sample) shown.push({ number, changes: changes.map(told) })
    },
    async misses(number, isDrifted, entry) {
      if (isDrifted) drifted += 1
      counts.add += 1
      if (shown.length < sample) shown.push({ number, changes: (await entry()).map(told) })
    },
    conflict: (number) => conflicts.push(number),
    stands: () => Promise.resolve(),
    taken: () => Promise.resolve(),
  }
  await compare(rooms, target, visitor, { thorough: true })
  return { target: target.name, counts, drifted, conflicts, sample: shown }
}

/** A change without values: attribute names are enough to see what is meant, and tell nobody anything. */
function told(change: Change): { kind: Change['kind']; dn: string; attributes: string[] } {
  const attributes = Object.keys(
    change.kind === 'modify'
      ? change.replace
      : change.kind === 'add'
        ? (after(null, [change])?.attributes ?? {})
        : {},
  )
  return { kind: change.kind, dn: change.dn, attributes }
}
