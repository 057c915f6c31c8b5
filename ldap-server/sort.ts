import type { MatchingRule } from '../ldap-protocol/matching-rules.ts'
import type { Control } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'
import type { Description, Schema } from '../ldap-protocol/schema.ts'
import { writeSortResult } from '../ldap-protocol/sort.ts'
import type { SortKey, SortResult } from '../ldap-protocol/sort.ts'
import type { Entry, Found } from './entry.ts'
import type { Seen } from './view.ts'

interface By {
  readonly description: Description
  readonly rule: MatchingRule
  readonly order: NonNullable<MatchingRule['order']>
  /** -1 where the greatest comes first. */
  readonly direction: 1 | -1
}

/** Entries that are sorted before others get their turn; as many are merged then. */
const stride = 512

const sorted: SortResult = { code: resultCode.success, type: null }

/** The answer's control (RFC 2891 §1.2). */
export function sortControl(result: SortResult = sorted): Control {
  return { oid: control.sortResponse, critical: false, value: writeSortResult(result) }
}

/** How to sort (RFC 2891). @returns what is in the way, where it cannot be done */
export function readOrder(keys: readonly SortKey[], schema: Schema): Order | SortResult {
  const by: By[] = []
  for (const { type, rule: name, reverse } of keys) {
    const description = schema.description(type)
    if (!description) return { code: resultCode.noSuchAttribute, type }
    if (by.some((one) => one.description.type === description.type)) {
      return { code: resultCode.unwillingToPerform, type }
    }
    const rule = name === null ? description.type.ordering : orderingOf(schema, name, description)
    if (!rule?.order) return { code: resultCode.inappropriateMatching, type }
    by.push({ description, rule, order: rule.order, direction: reverse ? -1 : 1 })
  }
  return new Order(by)
}

/** A rule by name: one that orders the values of the attribute. The equality rule of the same values stands for it, as
 *  in slapd. */
function orderingOf(schema: Schema, name: string, { type }: Description): MatchingRule | null {
  const named = schema.rule(name)
  const rule = named?.kind === 'equality' ? schema.rule(named.name.replace(/Match$/, 'OrderingMatch')) : named
  return rule?.kind === 'ordering' && schema.sortable(rule, type) ? rule : null
}

/** An entry and what it is sorted by: the least value under each key, null where it has none that the asker may search
 *  by. */
export interface Placed extends Found {
  readonly keys: readonly (string | null)[]
}

/** An order of entries. */
export class Order {
  readonly #by: readonly By[]

  constructor(by: readonly By[]) {
    this.#by = by
  }

  /** Where an entry belongs. */
  place(found: Found, seen: Seen): Placed {
    return { ...found, keys: this.#by.map((one) => least(one, seen)) }
  }

  /** Sorts in turns. @param rest lets others have theirs; false when nobody waits any more, and then so is the answer
   *  null */
  async sort(placed: readonly Placed[], rest: () => Promise<boolean>): Promise<Placed[] | null> {
    const compare = (a: Placed, b: Placed): number => this.#compare(a, b)
    let runs: Placed[][] = []
    for (let at = 0; at < placed.length; at += stride) {
      runs.push(placed.slice(at, at + stride).sort(compare))
      if (!(await rest())) return null
    }
    while (runs.length > 1) {
      const longer: Placed[][] = []
      for (let at = 0; at < runs.length; at += 2) {
        const one = await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, rest)
        if (!one) return null
        longer.push(one)
      }
      runs = longer
    }
    return runs[0] ?? []
  }

  #compare(a: Placed, b: Placed): number {
    for (const [at, { order, direction }] of this.#by.entries()) {
      const [one, other] = [a.keys[at] ?? null, b.keys[at] ?? null]
      if (one === other) continue
      // What has no value comes after all others (RFC 2891 §2.2).
      const found = one === null ? 1 : other === null ? -1 : order(one, other)
      if (found !== 0) return found * direction
    }
    return idOf(a.entry) - idOf(b.entry)
  }
}

function idOf({ id }: Entry): number {
  return id
}

function least({ description, rule, order }: By, seen: Seen): string | null {
  // Where an answer stands among others tells its value: it takes the right that a filter takes.
  if (!seen.may(description.type)) return null
  let found: string | null = null
  for (const key of seen.keysUnder(description.key, rule)) {
    if (found === null || order(key, found) < 0) found = key
  }
  return found
}

async function merge(
  left: readonly Placed[],
  right: readonly Placed[],
  compare: (a: Placed, b: Placed) => number,
  rest: () => Promise<boolean>,
): Promise<Placed[] | null> {
  const merged: Placed[] = []
  for (let [one, other] = [0, 0]; ;) {
    const [a, b] = [left[one], right[other]]
    if (!a && !b) return merged
    if (a && (!b || compare(a, b) <= 0)) {
      merged.push(a)
      one++
    } else if (b) {
      merged.push(b)
      other++
    }
    if (merged.length % stride === 0 && !(await rest())) return null
  }
}
