import type { Change } from '../domain/entry.ts'
import type { Difference, Differences } from '../registry/differences.ts'

/** Counts what a comparison finds, and keeps of each kind so many students as a sample may name. Pure: no value of an
 *  attribute is kept, so that none can be told. */
export interface Gathered {
  differs(number: string, changes: readonly Change[]): void
  misses(number: string): void
  conflict(number: string): void
  counted(): Omit<Differences, 'drifted' | 'held' | 'waiting'>
}

/** What a sample names first: what takes away, and what is rare. */
const order: readonly Difference['kind'][] = ['remove', 'conflict', 'rename', 'modify', 'add']

export function gatherDifferences(most: number): Gathered {
  const counts = { add: 0, modify: 0, rename: 0, remove: 0 }
  const attributes = new Map<string, number>()
  const samples = new Map(order.map((kind) => [kind, [] as Difference[]]))
  let conflicts = 0
  const keep = (difference: Difference) => {
    const kept = samples.get(difference.kind)
    if (kept !== undefined && kept.length < most) kept.push(difference)
  }
  return {
    differs(number, changes) {
      // A password is changed by a step of its own: an entry is modified once all the same.
      for (const kind of new Set(changes.map((each) => each.kind))) counts[kind] += 1
      const names = changes.flatMap((each) => (each.kind === 'modify' ? Object.keys(each.replace) : []))
      for (const name of names) attributes.set(name, (attributes.get(name) ?? 0) + 1)
      const kind = order.find((first) => changes.some((each) => each.kind === first))
      if (kind !== undefined) keep({ number, kind, attributes: names })
    },
    misses(number) {
      counts.add += 1
      keep({ number, kind: 'add', attributes: [] })
    },
    conflict(number) {
      conflicts += 1
      keep({ number, kind: 'conflict', attributes: [] })
    },
    counted: () => ({
      ...counts,
      attributes: Object.fromEntries([...attributes].sort(([, one], [, other]) => other - one)),
      conflicts,
      sample: [...samples.values()].flat().slice(0, most),
    }),
  }
}
