import { after } from '../daemon/plan.ts'
import { compare } from '../daemon/reconcile.ts'
import type { Change } from '../domain/entry.ts'
import type { Command } from './desk.ts'

const sample = 10

/** `plan`: what would change in each directory, counts first, then a sample. Writes nothing to any directory. */
export const showPlan: Command = {
  needsDirectories: true,
  async run({ rooms }) {
    const plans = await Promise.all(rooms.targets.map((target) => compare(rooms, target)))
    const data = plans.map(({ target, changes, drifted, conflicts }) => ({
      target,
      counts: counted([...changes.values()].flat()),
      drifted: drifted.length,
      conflicts,
      sample: [...changes.entries()]
        .slice(0, sample)
        .map(([number, list]) => ({ number, changes: list.map(told) })),
    }))
    const lines = data.flatMap(({ target, counts, drifted, conflicts, sample: shown }) => [
      `${target}: ${counts.add} to add, ${counts.modify} to modify, ${counts.rename} to rename, ${counts.remove} to remove` +
        `, ${drifted} changed by others, ${conflicts.length} conflicts`,
      ...shown.flatMap(({ number, changes }) =>
        changes.map(({ kind, attributes }) => `  ${number}  ${kind}  ${attributes.join(', ')}`),
      ),
    ])
    return { data, text: `${lines.join('\n')}\n` }
  },
}

function counted(changes: readonly Change[]): Record<Change['kind'], number> {
  const counts = { add: 0, modify: 0, rename: 0, remove: 0 }
  for (const { kind } of changes) counts[kind]++
  return counts
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
