import { next, present, type AccountState } from '../domain/account.ts'
import { keyAlphabet, keyLength } from '../domain/key.ts'
import { decide, type Decision } from '../domain/lifecycle.ts'
import { nextDayAt, parisDay } from '../domain/paris.ts'
import type { EnrolmentState } from '../domain/person.ts'
import { rightOf, type Right } from '../domain/right.ts'
import { yearsOn, type Years } from '../domain/year.ts'
import { randomText, randomUuid } from '../platform/chance.ts'
import { remember, type Act } from '../registry/audit.ts'
import { openedYears } from '../registry/facts.ts'
import { approvedMembers, endApproved, endHolds, hold } from '../registry/holds.ts'
import { issueKeys } from '../registry/keys.ts'
import { post, withholdInvitations, type NewLetter } from '../registry/letters.ts'
import { releasePromises } from '../registry/promises.ts'
import { unsettle } from '../registry/settlements.ts'
import {
  countRights,
  judgeSharing,
  markJudged,
  moveAccounts,
  readMark,
  rightHeld,
  unjudgeAll,
  unjudged,
  unjudgeLeaving,
  writeMark,
  writeRights,
  type JudgedRight,
  type Unjudged,
} from '../registry/standings.ts'
import { addressStateOf } from '../registry/students.ts'
import type { Tx } from '../registry/tables.ts'
import { voidTokens } from '../registry/tokens.ts'
import { destroyVerifiers } from '../registry/verifiers.ts'
import { guard } from './guard.ts'
import type { Rooms } from './rooms.ts'

const batch = 500
const day = 86_400_000

export interface Judged {
  /** How many students were looked at. */
  readonly judged: number
  /** The digest under which losses wait for a person, when they do. */
  readonly held: { readonly digest: string; readonly members: number } | null
}

/** Facts → decisions, for everyone whose facts have changed: rights first, then who shares an address, then what
 *  follows for account, key and letter. Losses of a right beyond the brakes wait for a person; nothing else does. */
export async function judge(rooms: Rooms, signal?: AbortSignal): Promise<Judged> {
  const { registry, clock, rules } = rooms
  const at = clock.now()
  const years = yearsOn(parisDay(at), await openedYears(registry.db), rules.years)
  await lookAgainWhereTimeHasPassed(rooms, years, at)

  const { held, waiting } = await judgeRights(rooms, years, at)
  await registry.transaction((tx) => judgeSharing(tx, at))
  const judged = await judgeLives(rooms, waiting, at, signal)
  return { judged, held }
}

async function lookAgainWhereTimeHasPassed(
  { registry, rules }: Rooms,
  years: Years,
  at: Date,
): Promise<void> {
  const calendar = JSON.stringify([years, rules.rightStates])
  if ((await readMark(registry.db, 'calendar')) !== calendar) {
    await unjudgeAll(registry.db)
    await writeMark(registry.db, 'calendar', calendar)
  }
  const ago = (days: number) => new Date(at.getTime() - days * day)
  const { suspendAfter, closeAfter, purgeAfter } = rules.leave
  await unjudgeLeaving(registry.db, {
    suspend: ago(suspendAfter),
    close: ago(closeAfter),
    purge: ago(purgeAfter),
  })
}

/** Computes rights and writes all but the losses that are held. `waiting` are those whose loss waits. */
async function judgeRights(
  { registry, rules, log, metrics }: Rooms,
  years: Years,
  at: Date,
): Promise<{ held: Judged['held']; waiting: ReadonlySet<string> }> {
  const losses: JudgedRight[] = []
  for await (const students of everyUnjudged(registry.db)) {
    const rights: JudgedRight[] = []
    for (const student of students) {
      const right = rightOf(student.enrolments, years, rules.rightStates)
      const judged = {
        number: student.person.number,
        right,
        lastYear: lastRightYear(student, right, rules.rightStates),
      }
      if (right.kind === 'none' && rightHeld(student.account) !== 'none') losses.push(judged)
      else rights.push(judged)
    }
    await registry.transaction((tx) => writeRights(tx, rights, at))
  }

  const approved = await approvedMembers(registry.db, 'losses', null)
  const verdict = guard(
    losses.map(({ number }) => number),
    await countRights(registry.db),
    approved,
    rules.brakes,
  )
  const free = new Set(verdict.free)
  const members = verdict.held
  const digest = await registry.transaction(async (tx) => {
    await writeRights(
      tx,
      losses.filter(({ number }) => free.has(number)),
      at,
    )
    if (approved.size > 0) await endApproved(tx, 'losses', null, at)
    if (members.length === 0) {
      await endHolds(tx, 'losses', null, at)
      return null
    }
    const detail = `${members.length} students would lose their right`
    return hold(tx, { kind: 'losses', target: null, detail, members, at })
  })
  metrics.planHeld.set({ target: '' }, members.length)
  if (digest === null) return { held: null, waiting: new Set() }
  log.warn('losses-held', { digest, members: members.length })
  return { held: { digest, members: members.length }, waiting: new Set(members) }
}

/** What follows from right, address and key: the life of each account. */
async function judgeLives(
  rooms: Rooms,
  waiting: ReadonlySet<string>,
  at: Date,
  signal: AbortSignal | undefined,
): Promise<number> {
  let judged = 0
  for await (const students of everyUnjudged(rooms.registry.db)) {
    if (signal?.aborted) break
    const keys = await newKeys(rooms, students, at)
    await rooms.registry.transaction((tx) => applyDecisions(rooms, tx, students, keys, waiting, at))
    judged += students.length
  }
  return judged
}

interface Fate {
  readonly student: Unjudged
  readonly decision: Decision
}

/** Seals new keys before the transaction opens, so that no connection waits on cryptography. */
async function newKeys(rooms: Rooms, students: readonly Unjudged[], at: Date) {
  const due = students.filter((student) => fateOf(rooms, student, at).decision.issuesKey)
  const keys = await Promise.all(
    due.map(async ({ person: { number }, key: former }) => {
      const key = randomText(rooms.chance, keyAlphabet, keyLength)
      const version = (former?.version ?? 0) + 1
      return { number, version, mac: rooms.ring.mac('key', key), sealed: await rooms.ring.seal('key', key) }
    }),
  )
  return new Map(keys.map((key) => [key.number, key]))
}

function fateOf({ rules }: Pick<Rooms, 'rules'>, student: Unjudged, at: Date): Fate {
  const { account, person, key, invitedFor } = student
  const right: Right = {
    kind: account?.right_kind ?? 'none',
    years: account?.right_years ?? [],
    reason: account?.right_reason ?? 'NEVER_ENROLLED',
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
  keys: Awaited<ReturnType<typeof newKeys>>,
  waiting: ReadonlySet<string>,
  at: Date,
): Promise<void> {
  const fates = students.map((student) => fateOf(rooms, student, at))
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
  await issueKeys(tx, [...keys.values()], at)
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
  const moved = ({ student, decision }: Fate) =>
    decision.event !== null || !waiting.has(student.person.number)
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
    numbersWhere(({ student }) => !waiting.has(student.person.number)),
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
  return account?.right_kind === 'open' && addressStateOf(person) === 'usable'
}

function lettersOf(
  { chance, rules }: Rooms,
  { student, decision }: Fate,
  keys: ReadonlyMap<string, { version: number }>,
  at: Date,
): NewLetter[] {
  const { person, account } = student
  const letters: NewLetter[] = []
  if (decision.invites !== null) {
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

/** The latest year of a right before the present one, by the record or by our memory: a cancelled enrolment is no right
 *  in the record any more, yet its year was held here. */
function lastRightYear(
  { account, enrolments }: Unjudged,
  right: Right,
  states: readonly EnrolmentState[],
): string | null {
  const former = (years: readonly string[]) => years.filter((year) => !right.years.includes(year))
  const valid = enrolments.filter(({ state }) => states.includes(state)).map(({ year }) => year)
  const remembered = account?.last_right_year ?? null
  const years = [
    ...former(valid),
    ...former(account?.right_years ?? []),
    ...(remembered === null ? [] : [remembered]),
  ]
  return years.sort().at(-1) ?? null
}

function latest(...instants: (Date | null)[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant?.getTime() ?? 0)))
}

async function* everyUnjudged(db: Parameters<typeof unjudged>[0]): AsyncGenerator<Unjudged[]> {
  let after = ''
  for (;;) {
    const students = await unjudged(db, after, batch)
    const last = students.at(-1)
    if (last === undefined) return
    yield students
    after = last.person.number
  }
}
