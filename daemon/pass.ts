import { judge, type Judged } from './judge.ts'
import { facts } from './leadership.ts'
import { takeMerges } from './merges.ts'
import { publishKeys } from './publish.ts'
import { read, type Reading } from './read.ts'
import { reconcile } from './reconcile.ts'
import type { Rooms } from './rooms.ts'

export interface Passed {
  readonly reading: Reading
  readonly judged: Judged
}

/** One pass: source → registry → plan → guard → apply, observed all along. Start reading here.
 *
 *  - `read` takes what lies at the source as fact, or refuses it whole;
 *  - `judge` decides what follows for each student whose facts have moved: right, account, key, letters;
 *  - `reconcile` reads each directory whole, plans what it lacks (plan.ts), holds what is too much at once (guard.ts),
 *    and settles the rest student by student (settle.ts).
 *
 *  Nothing is remembered between two passes but the registry: every pass may be the last, and the next one heals. Where
 *  several daemons run, each does what it leads. */
export async function pass(rooms: Rooms, signal?: AbortSignal): Promise<Passed> {
  const { leadership } = rooms
  const reading: Reading = leadership.leads(facts)
    ? await read(rooms, signal ? { signal } : {})
    : { state: 'unchanged', snapshot: null }
  if (leadership.leads(facts)) await takeMerges(rooms)
  const judged: Judged = leadership.leads(facts) ? await judge(rooms, signal) : { judged: 0, held: [] }
  await Promise.all(
    rooms.targets
      .filter(({ name }) => leadership.leads(name))
      .map((target) => reconcile(rooms, target, signal)),
  )
  // A feed that cannot be written is told, and stops nobody's account.
  if (!leadership.leads(facts)) return { reading, judged }
  await publishKeys(rooms).catch((error: unknown) => rooms.log.error('keys-not-published', {}, error))
  return { reading, judged }
}
