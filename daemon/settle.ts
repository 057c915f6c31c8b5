import type { Change, Entry } from '../domain/entry.ts'
import { heldFor, type Profile } from '../domain/profile.ts'
import { mailboxTarget } from '../domain/profiles/mailbox.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { later } from '../platform/clock.ts'
import { randomBelow, randomUuid } from '../platform/chance.ts'
import { markUnsuccessful, unsettle } from '../registry/settlements.ts'
import { settlingOn, type Haste } from '../registry/settling.ts'
import { addressStateOf, type Student } from '../registry/students.ts'
import type { SettlementRow } from '../registry/tables.ts'
import { comparable, desiredEntry, managedOf } from './entry.ts'
import { planOne } from './plan.ts'
import type { Rooms } from './rooms.ts'
import { isSameName } from './target/same-name.ts'
import type { After, Found, Lane, Stand, Target } from './target/target.ts'
import { turnOf } from './turn.ts'

/** Tries after which a directory that does not keep what is written is taken at its word. */
const patience = 5

/** How we know an entry of ours again. */
export type Holding = Pick<SettlementRow, 'dn' | 'entry_uuid'>

/** `unanswered`: to be retried, since the directory could not be reached at all. */
export type Settling = 'settled' | 'retried' | 'unanswered' | 'refused' | 'held' | 'gone'

interface Circumstances {
  /** Nobody bore that login a moment ago, when the whole directory was read. */
  readonly absent: boolean
  /** Whether anybody waits for what comes of it. */
  readonly haste: Haste
}

/** Makes one target say of one student what it must: read, plan, apply, read back. Never throws for what a directory
 *  does; what went wrong is written where the helpdesk and the next try find it.
 *
 *  One student is settled by one caller at a time in each target, from what the registry says at that moment. So no
 *  plan is ever older than the entry it changes, and a pass can never undo a newer password. */
export async function settle(
  rooms: Rooms,
  target: Target,
  number: string,
  lane: Lane,
  { absent = false, haste = 'now' }: Partial<Circumstances> = {},
): Promise<Settling> {
  using _turn = await turnOf(target, number)
  const settling = settlingOn(rooms.registry)
  const standing = await settling.standing(target.name, number)
  if (standing === null) return 'gone'
  const { settlement, version } = standing
  if (settlement.state !== 'unsettled') return settlement.state
  const student = await settling.student(number, version)
  if (student === null) return 'gone'
  try {
    const settled = await converge(rooms, target, lane, student, settlement, { absent, haste })
    rooms.metrics.targetUp.set({ target: target.name }, 1)
    return settled ? 'settled' : 'retried'
  } catch (thrown) {
    return await unsuccessful(rooms, target, student, settlement, asIdentityError(thrown))
  }
}

/** Read → plan → apply → read back. False when the account moved on meanwhile: it is still unsettled, and due. */
async function converge(
  rooms: Rooms,
  target: Target,
  lane: Lane,
  student: Student,
  settlement: SettlementRow,
  { absent, haste }: Circumstances,
): Promise<boolean> {
  const { profile } = target
  const { number, version } = student.account
  const stand = standIn(rooms, profile, student.verifiers)
  const unseen = absent && settlement.dn === null
  const found = unseen ? null : pick(await lane.read(number, stand), settlement)
  const passwordStands = settlement.version === version
  const changes = planFor(rooms, target, student, settlement, found, passwordStands)
  let holding: Holding = settlement
  let after: After | undefined = { found, exact: false }

  if (changes.length > 0) {
    if (found === null && changes[0]?.kind === 'add') {
      holding = { dn: changes[0].dn, entry_uuid: null }
      await settlingOn(rooms.registry).claimName(target.name, number, changes[0].dn)
    }
    const verifier = await verifierFor(rooms, student, profile, changes)
    for (const change of changes) {
      try {
        after = await lane.apply(change, verifier, { found: after?.found ?? null, stand })
        rooms.metrics.changes.inc({ target: target.name, kind: change.kind, result: 'done' })
      } catch (error) {
        rooms.metrics.changes.inc({
          target: target.name,
          kind: change.kind,
          result: asIdentityError(error).code,
        })
        // Somebody else stands under the name we meant to take, out of our sight: it is not ours after all.
        const taken = asIdentityError(error).details['resultCode'] === 68
        if (taken && settlement.dn === null)
          await settlingOn(rooms.registry).claimName(target.name, number, null)
        // Or what we thought absent is not.
        if (taken && unseen)
          return converge(rooms, target, lane, student, settlement, { absent: false, haste })
        // The name may be given up by one of ours; else it is somebody's, who must be listed.
        if (taken && change.kind === 'rename' && settlement.attempts >= patience)
          throw conflict(target, 'an entry that is not ours stands under its name', error)
        throw error
      }
    }
  }
  const now = after === undefined ? pick(await lane.read(number, stand), holding) : after.found
  const left = after?.exact === true ? [] : planFor(rooms, target, student, holding, now, true)
  if (left.length > 0) {
    const names = left.flatMap((change) =>
      change.kind === 'modify' ? Object.keys(change.replace) : [change.kind],
    )
    throw new IdentityError(
      'TARGET_REFUSED',
      `${target.name} does not keep what was written: ${names.join(', ')}`,
      {
        // A replica that lags, or a hand that was faster: a few tries tell them from a directory that will not.
        transient: settlement.attempts < patience,
        details: { target: target.name, attributes: names },
      },
    )
  }
  // Somebody else's entry never becomes ours by our having looked at it.
  return written(rooms, target, student, now !== null && isOurs(holding, now) ? now : null, version, haste)
}

function planFor(
  rooms: Rooms,
  target: Target,
  student: Student,
  holding: Holding,
  found: Found | null,
  passwordStands: boolean,
): Change[] {
  const { profile } = target
  const desired = desiredEntry(profile, student, rooms.rules)
  const attributes = found && comparable(profile, found.attributes, desired, { passwordStands })
  const actual = found && attributes && { id: student.account.number, dn: found.dn, attributes }
  if (found !== null && !isOurs(holding, found)) {
    if (desired === null) return []
    throw conflict(target, 'an entry that is not ours already bears this login; it was left untouched')
  }
  const respelt: Entry | null = desired && found ? target.respell(desired, found) : desired
  return planOne(respelt, actual, managedOf(profile, student))
}

function conflict({ name }: Target, what: string, cause?: unknown): IdentityError {
  return new IdentityError('TARGET_CONFLICT', `${name}: ${what}`, { cause, details: { target: name } })
}

/** Of the entries that bear a login, the one that is ours; else whichever stands in the way of one. */
export function pick(found: readonly Found[], holding: Holding): Found | null {
  return found.find((each) => isOurs(holding, each)) ?? found[0] ?? null
}

/** An entry is ours when its entryUUID is the one we wrote down, or, before we had read it back once, when it stands
 *  under the name that we claimed while nobody had it. */
export function isOurs({ dn, entry_uuid }: Holding, found: Pick<Found, 'dn' | 'uuid'>): boolean {
  if (entry_uuid !== null && found.uuid !== null) return entry_uuid === found.uuid
  return dn !== null && isSameName(dn, found.dn)
}

/** Notes that a directory says of a student what it must, as a scan has found. */
export async function note(rooms: Rooms, target: Target, student: Student, found: Found): Promise<void> {
  await written(rooms, target, student, found, student.account.version, 'soon')
}

async function written(
  rooms: Rooms,
  target: Target,
  { person, account }: Student,
  now: Found | null,
  version: number,
  haste: Haste,
): Promise<boolean> {
  const { registry, clock, chance, metrics, log } = rooms
  const { number } = account
  const kept = await settlingOn(registry).settled(
    {
      target: target.name,
      number,
      version,
      dn: now?.dn ?? null,
      entryUuid: now?.uuid ?? null,
      digest: now && now.digest,
      keeps: account.state === 'active',
    },
    clock.now(),
    (all) => {
      const isWhole = all.some(({ kind, target: of }) => kind === 'account' && of === null)
      if (!isWhole || addressStateOf(person) !== 'usable') return null
      const once = `account-ready ${number} ${account.activated_at?.toISOString() ?? ''}`
      return {
        id: randomUuid(chance),
        kind: 'account-ready',
        number,
        address: null,
        once,
        dueAt: clock.now(),
      }
    },
    haste,
  )
  for (const { kind, target: of, started, kept: keptAt } of kept ?? []) {
    const seconds = (keptAt.getTime() - started.getTime()) / 1000
    if (of !== null && kind === 'password') metrics.passwordEffective.observe({ target: of }, seconds)
    if (of !== null && kind === 'account') metrics.accountReady.observe({ target: of }, seconds)
  }
  if (kept?.some(({ kind, target: of }) => kind === 'account' && of === mailboxTarget) === true)
    await tellMailbox(rooms, number)
  if (kept !== null) log.info('settled', { target: target.name, id: number, version })
  return kept !== null
}

/** Directories that say whether there is a mailbox have to say so now. */
async function tellMailbox({ registry, clock, targets }: Rooms, number: string): Promise<void> {
  if (!targets.some(({ mode, profile }) => mode === 'write' && profile.tellsMailbox === true)) return
  await registry.transaction((tx) => unsettle(tx, [number], clock.now()))
}

/** The verifier itself is unsealed only for a change that writes it. */
async function verifierFor(
  { registry, ring }: Rooms,
  { account: { number, version } }: Student,
  profile: Profile,
  changes: readonly Change[],
): Promise<string | null> {
  const writes = changes.some(
    (change) =>
      (change.kind === 'add' && change.attributes['userPassword'] !== undefined) ||
      (change.kind === 'modify' && (change.replace['userPassword'] ?? []).length > 0),
  )
  if (!writes) return null
  const sealed = heldFor(profile, await settlingOn(registry).sealedVerifiers(number, version))
  if (sealed === undefined) throw new IdentityError('UNEXPECTED', `no ${profile.scheme} verifier is kept`)
  return ring.unseal('verifier', sealed)
}

/** A stored verifier is compared by its MAC, made under the key that made the one it is compared with. */
export function standIn(
  { ring }: Pick<Rooms, 'ring'>,
  profile: Profile,
  macs: Readonly<Record<string, string>>,
): Stand {
  const ours = heldFor(profile, macs)
  return (_number, stored) =>
    (ours === undefined ? null : ring.macLike('verifier', stored, ours)) ?? ring.mac('verifier', stored)
}

async function unsuccessful(
  { registry, clock, chance, log, metrics }: Rooms,
  target: Target,
  { account: { number, version } }: Student,
  { attempts }: SettlementRow,
  error: IdentityError,
): Promise<Settling> {
  // It is the leader who writes down what went wrong, and when to try again.
  if (error.code === 'LEADER_ELSEWHERE') return 'unanswered'
  const at = clock.now()
  const state = error.transient ? 'unsettled' : error.code === 'TARGET_CONFLICT' ? 'held' : 'refused'
  const nextAt = error.transient ? later(at, backOff(attempts, randomBelow(chance, 1000) / 1000)) : at
  await registry.transaction((tx) =>
    markUnsuccessful(tx, {
      target: target.name,
      number,
      version,
      state,
      code: error.code,
      detail: error.message,
      nextAt,
    }),
  )
  if (error.code === 'TARGET_UNAVAILABLE') metrics.targetUp.set({ target: target.name }, 0)
  const facts = { target: target.name, id: number, code: error.code, attempts: attempts + 1 }
  if (error.code === 'UNEXPECTED') log.error('settling-failed', facts, error)
  else log.warn('settling-failed', facts)
  if (error.code === 'TARGET_UNAVAILABLE') return 'unanswered'
  return state === 'unsettled' ? 'retried' : state
}

/** Milliseconds until the next try: doubling from one second to five minutes, with jitter, for ever. */
export function backOff(attempts: number, jitter: number): number {
  return Math.min(1000 * 2 ** Math.min(attempts, 9), 300_000) * (0.5 + jitter / 2)
}
