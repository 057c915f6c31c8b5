import type { Control } from '../ldap-protocol/message.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'
import type { SortResult } from '../ldap-protocol/sort.ts'
import { viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import type { Found } from './entry.ts'
import type { Pace } from './pace.ts'
import type { Page } from './page.ts'
import { Refusal } from './refusal.ts'
import type { SortAsked } from './request-controls.ts'
import type { Search } from './sink.ts'
import { Order, readOrder, sortControl } from './sort.ts'
import type { Placed } from './sort.ts'
import { Seen } from './view.ts'

/** What a search found, in the order in which it is sent. */
export interface Arranged {
  readonly found: readonly Found[]
  /** Whether that is an order that was asked for: the next page must go on in this list. */
  readonly sorted: boolean
  readonly controls: readonly Control[]
}

/** Puts what was found in the order asked for (RFC 2891 §2). Where that cannot be done, a critical control refuses the
 *  search, and another leaves it unsorted and says why.
 *  @returns null when nobody waits any more. @throws Refusal 12, bearing the sort response */
export async function arrange(
  context: Context,
  asker: Asker,
  plan: Search,
  { sort, page }: { sort: SortAsked; page: Page | null },
  found: Found[],
  pace: Pace,
): Promise<Arranged | null> {
  if (page?.held) return { found: page.held.found, sorted: true, controls: [sortControl()] }
  const outcome = await trySorting(context, asker, plan, { sort, page }, found, pace)
  if (outcome === 'abandoned') return null
  if (Array.isArray(outcome)) return { found: outcome, sorted: true, controls: [sortControl()] }
  if (page) found.sort(byId)
  return { found, sorted: false, controls: [unsorted(sort, outcome)] }
}

/** The order of pages that nobody sorts. */
export function byId(a: Found, b: Found): number {
  return a.entry.id - b.entry.id
}

/** One entry is in any order that there is. @throws Refusal 12 as `arrange` */
export function arrangeOne({ schema }: Context, sort: SortAsked): Control {
  const order = readOrder(sort.keys, schema)
  return order instanceof Order ? sortControl() : unsorted(sort, order)
}

function unsorted({ critical }: SortAsked, result: SortResult): Control {
  const answer = sortControl(result)
  if (critical) throw new Refusal('unavailableCriticalExtension', 'cannot be sorted so', '', [answer])
  return answer
}

async function trySorting(
  context: Context,
  asker: Asker,
  { filter }: Search,
  { sort, page }: { sort: SortAsked; page: Page | null },
  found: readonly Found[],
  pace: Pace,
): Promise<Placed[] | SortResult | 'abandoned'> {
  const { schema, limits, shelf } = context
  const order = readOrder(sort.keys, schema)
  if (!(order instanceof Order)) return order
  if (page && shelf.full) return { code: resultCode.busy, type: null }
  const placed: Placed[] = []
  for (const one of found) {
    if (pace.step() && !(await pace.rest())) return 'abandoned'
    const view = viewOf(context, asker, one.entry.normal)
    const seen = Seen.of(one.entry, one.node.children.size > 0, view, schema)
    if (filter(seen) !== true || !view.may('read', 'entry')) continue
    if (placed.length >= limits.sortEntries) return { code: resultCode.adminLimitExceeded, type: null }
    placed.push(order.place(one, seen))
  }
  return (await order.sort(placed, () => pace.rest())) ?? 'abandoned'
}
