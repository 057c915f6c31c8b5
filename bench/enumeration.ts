import type { Chance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import type { Registry } from '../registry/open.ts'
import { middleOf, rounded, type Cell } from './report.ts'

/** What each kind of student is asked with: a number, or an address. */
export interface Kinds {
  readonly numbers: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<string, string>>
}

/** Nobody's, beside which the others are seen. */
const unknown = 'unknown'

/** One of each kind whom an answer, or the time it takes, could give away: a number or address that is unknown, known
 *  (with a key that waits; with an account), shared, without an address (which is asked with the one it had), inactive
 *  (without any right). Takes the address of one student away.
 *  @throws when the university has nobody of a kind */
export async function kindsOf({ db }: Registry): Promise<Kinds> {
  const one = async (kind: string, sharing: boolean, address: 'any' | 'usable' | 'missing') => {
    const found = await db
      .selectFrom('person as p')
      .innerJoin('account as a', 'a.number', 'p.number')
      .select(['p.number', 'p.address'])
      .where('p.address_shared', '=', sharing)
      .$if(address !== 'any', (query) =>
        query.where('p.address_state', '=', address === 'missing' ? 'missing' : 'usable'),
      )
      .$if(kind === 'left', (query) => query.where('a.right_kind', '=', 'none'))
      .$if(kind === 'invited' || kind === 'active', (query) =>
        query
          .where('a.state', '=', kind === 'active' ? 'active' : 'invited')
          .where('a.right_kind', '=', 'open'),
      )
      .orderBy('p.number', 'desc')
      .limit(2)
      .execute()
    const [first, second] = found
    if (first === undefined || second === undefined) throw new Error(`nobody is ${kind}, ${address}`)
    return { first, second }
  }
  const invited = await one('invited', false, 'usable')
  const active = await one('active', false, 'usable')
  const shared = await one('invited', true, 'usable')
  const bare = await one('invited', false, 'missing')
  const left = await one('left', false, 'usable')
  const had = active.second
  await db
    .updateTable('person')
    .set({ address: null, address_canonical: null, address_state: 'missing' })
    .where('number', '=', had.number)
    .execute()
  return {
    numbers: {
      [unknown]: '29999999',
      known: invited.first.number,
      'with an account': active.first.number,
      shared: shared.first.number,
      'without address': bare.first.number,
      inactive: left.first.number,
    },
    addresses: {
      [unknown]: 'nobody.of.that.name@example.org',
      known: active.first.address ?? '',
      'without an account': invited.first.address ?? '',
      shared: shared.first.address ?? '',
      'without address': had.address ?? '',
      inactive: left.first.address ?? '',
    },
  }
}

/** Asks `times` times with each, one after the other and in an order drawn anew each time, so that whatever else the
 *  machine does weighs on all alike. A cell for each kind: the middle of its times beside that of the unknown one.
 *  @throws when an answer differs in its status or its length */
export async function askEveryKind({
  route,
  kinds,
  times,
  chance,
  ask,
}: {
  route: string
  kinds: Readonly<Record<string, string>>
  times: number
  chance: Chance
  ask: (subject: string) => Promise<Response>
}): Promise<(Cell & { counts: boolean })[]> {
  const taken = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]))
  const answers = new Set<string>()
  for (let round = 0; round < times; round++)
    for (const kind of drawn([...taken.keys()], chance)) {
      const before = systemClock.monotonic()
      const answer = await ask(kinds[kind] ?? '')
      const body = await answer.arrayBuffer()
      taken.get(kind)?.push(systemClock.monotonic() - before)
      answers.add(`${answer.status}, ${body.byteLength} bytes`)
    }
  if (answers.size !== 1) throw new Error(`${route}: answers differ: ${[...answers].join('; ')}`)
  const peer = middleOf(taken.get(unknown) ?? [])
  return [...taken]
    .filter(([kind]) => kind !== unknown)
    .map(([kind, all]) => ({
      case: `${route}, ${kind}, ${times} times`,
      ours: rounded(middleOf(all)),
      peer: rounded(peer),
      peer_name: unknown,
      unit: 'ms (p50)',
      ratio: rounded(peer / middleOf(all)),
      p50_ms: rounded(middleOf(all)),
      p99_ms: rounded(all.toSorted((one, other) => one - other)[Math.floor(all.length * 0.99)] ?? 0),
      rss_mb: null,
      counts: false,
    }))
}

function drawn<Item>(items: readonly Item[], chance: Chance): Item[] {
  const lots = items.map((item) => ({ item, lot: chance.bytes(4).readUInt32BE() }))
  return lots.toSorted((one, other) => one.lot - other.lot).map(({ item }) => item)
}
