import type { Reading } from '../../daemon/read.ts'
import { activate } from '../run/acts.ts'
import type { Stage } from '../run/stage.ts'

/** What one student has: whatever a feed could take away. */
export interface Having {
  readonly right: string
  readonly state: string
  readonly verifiers: number
  readonly keys: number
}

/** harmless: says the same in other words, and must be taken · wrong: whatever it says, nobody may lose anything by it that
 *  it does not say of them · told: says of some that they have cancelled, and means it. */
export type Sort = 'harmless' | 'wrong' | 'told'

/** How many of the students have an account to lose. */
const active = 20

/** What of it must not be: somebody has less than before of whom it does not say so, a refusal without a code of its own,
 *  a feed that says the same in other words refused. */
export async function misdeeds(
  stage: Stage,
  before: ReadonlyMap<string, Having>,
  sort: Sort,
  reading: Reading | Error,
  cancelled: ReadonlySet<string>,
  lost: (had: Having, has: Having | undefined) => boolean = differs,
): Promise<string[]> {
  const wrong: string[] = []
  const after = await havings(stage)
  for (const [number, had] of before) {
    const has = after.get(number)
    const bereft = (has?.verifiers ?? 0) < had.verifiers || (has?.keys ?? 0) < had.keys
    if (bereft) wrong.push(`${number} has lost verifiers or key`)
    if (lost(had, has) && !cancelled.has(number))
      wrong.push(`${number} has ${JSON.stringify(has)}, had ${JSON.stringify(had)}`)
  }
  if (reading instanceof Error) wrong.push(`it threw ${reading.stack ?? reading.message}`)
  else if (reading.state === 'refused' && !/^FEED_[A-Z_]+$/.test(reading.code))
    wrong.push(`refused with ${reading.code}`)
  else if (sort !== 'wrong' && reading.state !== 'accepted')
    wrong.push(`refused though it is right: ${outcomeOf(reading)}`)
  return wrong
}

/** Whether somebody has anything else than before. */
function differs(had: Having, has: Having | undefined): boolean {
  return has?.right !== had.right || has.state !== had.state
}

/** Whether somebody has less than before. Tables whose rows are joined to others give those something, as they say. */
export function hasLess(had: Having, has: Having | undefined): boolean {
  const rank = (worth: readonly string[], value: string | undefined) => worth.indexOf(value ?? '')
  const rights = ['none', 'grace', 'open']
  const states = ['none', 'invited', 'active']
  return (
    rank(rights, has?.right) < rank(rights, had.right) ||
    rank(states, has?.state) < rank(states, had.state) ||
    (has?.verifiers ?? 0) < had.verifiers
  )
}

export function outcomeOf(reading: Reading | Error): string {
  if (reading instanceof Error) return 'thrown'
  return reading.state === 'refused' || reading.state === 'held' ? reading.code : reading.state
}

export async function havings({ rooms }: Stage): Promise<Map<string, Having>> {
  const { db } = rooms.registry
  const accounts = await db.selectFrom('account').select(['number', 'right_kind', 'state']).execute()
  const verifiers = await db.selectFrom('verifier').select('number').execute()
  const keys = await db.selectFrom('activation_key').select('number').where('state', '=', 'waiting').execute()
  const counted = (rows: readonly { number: string }[]) => {
    const counts = new Map<string, number>()
    for (const { number } of rows) counts.set(number, (counts.get(number) ?? 0) + 1)
    return counts
  }
  const [verifiersOf, keysOf] = [counted(verifiers), counted(keys)]
  return new Map(
    accounts.map(({ number, right_kind: right, state }) => [
      number,
      { right, state, verifiers: verifiersOf.get(number) ?? 0, keys: keysOf.get(number) ?? 0 },
    ]),
  )
}

export async function activateSome(stage: Stage): Promise<void> {
  const rows = await stage.rooms.registry.db
    .selectFrom('account')
    .innerJoin('person', 'person.number', 'account.number')
    .select('account.number')
    .where('account.right_kind', '=', 'open')
    .where('person.address_shared', '=', false)
    .orderBy('account.number')
    .limit(active)
    .execute()
  for (const { number } of rows) await activate(stage, number)
}
