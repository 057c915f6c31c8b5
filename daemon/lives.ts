import { next, present, type AccountState } from '../domain/account.ts'
import { keyAlphabet, keyLength } from '../domain/key.ts'
import { decide, nothing, type Decision } from '../domain/lifecycle.ts'
import { nextDayAt } from '../domain/paris.ts'
import { randomText, randomUuid } from '../platform/chance.ts'
import { lockAccounts } from '../registry/accounts.ts'
import { remember, type Act } from '../registry/audit.ts'
import { endApproved } from '../registry/holds.ts'
import { writeKeyFaults } from '../registry/key-faults.ts'
import { issueKeys } from '../registry/keys.ts'
import { post, withholdInvitations, type NewLetter } from '../registry/letters.ts'
import { releasePromises } from '../registry/promises.ts'
import { unsettle } from '../registry/settlements.ts'
import {
  countPresent,
  everyUnjudged,
  markJudged,
  moveAccounts,
  type Unjudged,
} from '../registry/standings.ts'
import { addressStateOf } from '../registry/students.ts'
import type { Tx } from '../registry/tables.ts'
import { voidTokens } from '../registry/tokens.ts'
import { destroyVerifiers } from '../registry/verifiers.ts'
import { brake, type Braked } from './brake.ts'
import { supplyFor } from './key/supply.ts'
import type { Rooms } from './rooms.ts'

const day = 86_400_000

/** What follows from right, address and key for every student not yet judged: the life of each account. `waiting` are
 *  those whose loss of a right waits for a person. Returns how many were looked at. */
export async function judgeLives(
  rooms: Rooms,
  waiting: ReadonlySet<string>,
  at: Date,
  signal: AbortSignal | undefined,
): Promise<{ judged: number; removals: Braked }> {
  const removals = await brakeRemovals(rooms, at)
  const held = new Set([...waiting, ...removals.held])
  using advance = rooms.advances.begin('accounts judged')
  let judged = 0
  for await (const students of everyUnjudged(rooms.registry.db)) {
    if (signal?.aborted) break
    const { keys, faults } = await newKeys(rooms, students, at)
    // Whoever needs a key that is not supplied waits as they are, and is looked at again by the next pass.
    const ready = faults.size === 0 ? students : students.filter(({ person }) => !faults.has(person.number))
    await rooms.registry.transaction(async (tx) => {
      await applyDecisions(rooms, tx, await unmoved(tx, ready), keys, held, at)
      if (rooms.keySource === undefined) return
      const numbers = students.map(({ person }) => person.number)
      await writeKeyFaults(tx, numbers, faults, at)
    })
    judged += students.length
    advance.by(students.length)
  }
  if (!signal?.aborted) await rooms.registry.transaction((tx) => endApproved(tx, removals.approvals, at))
  return { judged, removals }
}

/** Those whose account is still what it was when it was read, and stays so until the transaction ends. Whoever has moved
 *  meanwhile, by activating in that moment, is judged in the next pass from what holds then. */
async function unmoved(tx: Tx, students: readonly Unjudged[]): Promise<Unjudged[]> {
  const now = await lockAccounts(
    tx,
    students.map(({ person }) => person.number),
  )
  return students.filter(({ person: { number }, account }) => {
    const { state, version } = now.get(number) ?? {}
    return account?.state === state && account?.version === version
  })
}

/** Closing destroys verifiers and purging removes entries: beyond the brakes they wait for a person, as the losses
 *  before them did. A suspension follows a loss that went through the brakes, and waits no second time. */
async function brakeRemovals(rooms: Rooms, at: Date): Promise<Braked> {
  const { registry, rules } = rooms
  const numbers: string[] = []
  for await (const students of everyUnjudged(registry.db)) {
    for (const student of students) {
      if (isRemoval(fateOf(rooms, student, at))) numbers.push(student.person.number)
    }
  }
  return brake(rooms, {
    kind: 'removals',
    target: null,
    numbers,
    whole: await countPresent(registry.db),
    brakes: rules.brakes,
    detail: (held) => `${held} accounts would be closed or removed`,
    release: null,
  })
}

function isRemoval({ decision }: Fate): boolean {
  return decision.event === 'closed' || decision.event === 'purged'
}

interface Fate {
  readonly student: Unjudged
  readonly decision: Decision
}

/** Makes new keys, or takes the supplied ones as they were given, and seals them before the transaction opens, so that no
 *  connection waits on cryptography. */
async function newKeys(rooms: Rooms, students: readonly Unjudged[], at: Date) {
  const wanting = students.filter((student) => fateOf(rooms, student, at).decision.issuesKey)
  const supply = await supplyFor(
    rooms,
    wanting.map(({ person }) => person.number),
  )
  const due = wanting.filter(({ person }) => !supply.faults.has(person.number))
  const keys = await Promise.all(
    due.map(async ({ person: { number }, key: former }) => {
      const own = () => {
        const made = randomText(rooms.chance, keyAlphabet, keyLength)
        return { given: made, folded: made }
      }
      const { given, folded } = supply.keys.get(number) ?? own()
      const version = (former?.version ?? 0) + 1
      return {
        number,
        version,
        mac: rooms.ring.mac('key', folded),
        sealed: await rooms.ring.seal('key', given),
      }
    }),
  )
  return { keys: new Map(keys.map((key) => [key.number, key])), faults: supply.faults }
}

function fateOf({ rules }: Pick<Rooms, 'rules'>, student: Unjudged, at: Date): Fate {
  const { account, person, key, invitedFor } = student
  const right = {
    kind: account?.right_kind ?? ('none' as const),
    years: account?.right_years ?? [],
    reason: account?.right_reason ?? ('NEVER_ENROLLED' as const),
  }
  const leftAt = account?.left_at ?? null
  const decision = decide(
    {
      state: account?.state ?? 'none',
      right,
      lastRightYear: account?.last_right_year ?? null,
      address: addressStateOf(person),
      key,
      invitedFor,
      daysWithoutRight: leftAt === null ? null : Math.floor((at.getTime() - leftAt.getTime()) / day),
    },
    rules.leave,
  )
  return { student, decision }
}

async function applyDecisions(
  rooms: Rooms,
  tx: Tx,
  students: readonly Unjudged[],
  keys: Awaited<ReturnType<typeof newKeys>>['keys'],
  held: ReadonlySet<string>,
  at: Date,
): Promise<void> {
  const fates = students.map((student) => {
    const fate = fateOf(rooms, student, at)
    return held.has(student.person.number) && isRemoval(fate) ? { student, decision: nothing } : fate
  })
  const numbersWhere = (test: (fate: Fate) => boolean) =>
    fates.filter(test).map(({ student }) => student.person.number)

  await destroyVerifiers(
    tx,
    numbersWhere(({ decision }) => decision.forgets || decision.event === 'closed'),
  )
  for (const [state, numbers] of byNewState(fates)) await moveAccounts(tx, numbers, state, at)
  const leaving = numbersWhere(
    ({ decision }) => decision.event === 'suspended' || decision.event === 'closed',
  )
  await voidTokens(tx, leaving, at)
  await releasePromises(tx, leaving, null, at)
  await issueKeys(
    tx,
    students.flatMap(({ person }) => keys.get(person.number) ?? []),
    at,
  )
  await withholdInvitations(
    tx,
    numbersWhere(({ student }) => !mayBeInvited(student)),
    'NOT_ENTITLED',
    at,
  )
  await post(
    tx,
    fates.flatMap((fate) => lettersOf(rooms, fate, keys, at)),
    at,
  )
  const moved = ({ student, decision }: Fate) => decision.event !== null || !held.has(student.person.number)
  await unsettle(
    tx,
    numbersWhere((fate) => hasEntry(fate.student, fate.decision) && moved(fate)),
    at,
  )
  await remember(
    tx,
    fates.flatMap((fate) => actsOf(fate, at)),
  )
  await markJudged(
    tx,
    numbersWhere(({ student }) => !held.has(student.person.number)),
  )
}

function byNewState(fates: readonly Fate[]): Map<AccountState, string[]> {
  const moved = new Map<AccountState, string[]>()
  for (const { student, decision } of fates) {
    const state = decision.event && next(student.account?.state ?? 'none', decision.event)
    if (state) moved.set(state, [...(moved.get(state) ?? []), student.person.number])
  }
  return moved
}

function hasEntry({ account }: Unjudged, { event }: Decision): boolean {
  return (account !== null && present.includes(account.state)) || event === 'purged'
}

function mayBeInvited({ account, person }: Unjudged): boolean {
  return account?.right_kind === 'open' && !account.locked && addressStateOf(person) === 'usable'
}

function lettersOf(
  { chance, rules }: Rooms,
  { student, decision }: Fate,
  keys: ReadonlyMap<string, { version: number }>,
  at: Date,
): NewLetter[] {
  const { person, account } = student
  const letters: NewLetter[] = []
  if (decision.invites !== null && account?.locked !== true) {
    const version = String(keys.get(person.number)?.version ?? student.key?.version ?? 1)
    // The promise starts with the latest of: enrolment seen, first usable address, release, letters.since.
    const started = latest(account?.right_since ?? at, person.address_since, rules.letters.since)
    letters.push({
      id: randomUuid(chance),
      kind: 'invitation',
      number: person.number,
      address: null,
      once: `invitation ${person.number} ${version} ${decision.invites}`,
      dueAt: rules.letters.sendAt === 'now' ? at : nextDayAt(started, rules.letters.sendAt),
      facts: { version, year: decision.invites },
      promisedFrom: started,
    })
  }
  if (addressStateOf(person) === 'shared' && account !== null && account.right_kind !== 'none') {
    letters.push({
      id: randomUuid(chance),
      kind: 'address-shared',
      // Without number, name or key: whoever reads that mailbox learns of nobody (rules: personal addresses).
      number: null,
      address: person.address,
      once: `address-shared ${person.address_canonical ?? ''} ${account.right_years.at(-1) ?? ''}`,
      dueAt: rules.letters.sendAt === 'now' ? at : nextDayAt(at, rules.letters.sendAt),
    })
  }
  return letters
}

function actsOf({ student: { person }, decision }: Fate, at: Date): Act[] {
  const act = (action: string): Act => ({ at, actor: 'daemon', action, number: person.number })
  return [
    ...(decision.event === null ? [] : [act(decision.event)]),
    ...(decision.issuesKey ? [act('key-issued')] : []),
    ...(decision.forgets ? [act('verifiers-destroyed')] : []),
  ]
}

function latest(...instants: (Date | null)[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant?.getTime() ?? 0)))
}
