import { asIdentityError, IdentityError, type ErrorCode } from '../platform/error.ts'
import { remember } from '../registry/audit.ts'
import { lastAccepted, recordDigests, recordStudents } from '../registry/facts.ts'
import { answerWish, openWishes, readAgainResult, takeWish, type Wish } from '../registry/read-again.ts'
import type { ReadAgainResult } from '../registry/tables.ts'
import { judge } from './judge.ts'
import { facts } from './leadership.ts'
import { recordedStudent, sameYears } from './read.ts'
import type { Rooms } from './rooms.ts'
import type { OneStudent } from './source/source.ts'
import { turnOf } from './turn.ts'

/** What came of reading one student again, and why where it is not what was wished. */
export interface ReadAgainAnswer {
  readonly result: ReadAgainResult
  readonly code: ErrorCode | null
  readonly message: string | null
}

/** Longest that the source may take for one student: somebody waits at a counter. */
const mostMs = 5_000
/** Wishes that are answered at the same time, each over a connection of its own. */
const atOnce = 4
const pollMs = 1_000

/** Reads one student again at the source, takes what it says as fact, and judges it: right, address, key, letters follow
 *  at once, and the directories are told. Nobody loses anything by not being found. */
export async function readAgain(rooms: Rooms, wish: Wish, signal?: AbortSignal): Promise<ReadAgainAnswer> {
  const { db } = rooms.registry
  // A command and the loop below may meet over one wish: whoever comes second has the answer of the first.
  using _turn = await turnOf(db, `wish ${wish.id}`)
  const known = await readAgainResult(db, wish.id)
  if (known?.result) return { result: known.result, code: known.code, message: null }
  const answer = await attempted(rooms, wish, signal)
  if (answer.result === 'changed') {
    await judge(rooms, signal)
    await rooms.registry.nudge(wish.number)
  }
  const { result, code } = answer
  await answerWish(db, wish.id, { result, code, at: rooms.clock.now() })
  rooms.log.info('read-again', { result, code })
  return answer
}

async function attempted(
  rooms: Rooms,
  wish: Wish,
  signal: AbortSignal | undefined,
): Promise<ReadAgainAnswer> {
  try {
    if (rooms.source.readStudent === undefined) {
      const message = `a ${rooms.source.describe()} cannot be asked for one student: what it says comes with its next snapshot`
      return { result: 'impossible', code: null, message }
    }
    return await take(rooms, wish, await within(rooms, wish.number, rooms.source.readStudent, signal))
  } catch (thrown) {
    const { code, message } = asIdentityError(thrown)
    if (!code.startsWith('FEED_')) throw thrown
    return { result: 'refused', code, message }
  }
}

async function within(
  { clock, source }: Rooms,
  number: string,
  readStudent: NonNullable<Rooms['source']['readStudent']>,
  signal: AbortSignal | undefined,
): Promise<OneStudent> {
  const late = new AbortController()
  using _late = clock.after(mostMs, () =>
    late.abort(
      new IdentityError('FEED_UNREACHABLE', `${source.describe()} did not answer for one student in time`, {
        transient: true,
      }),
    ),
  )
  return await readStudent(number, AbortSignal.any([late.signal, ...(signal ? [signal] : [])]))
}

async function take(
  rooms: Rooms,
  wish: Wish,
  { takenAt, openYears, record }: OneStudent,
): Promise<ReadAgainAnswer> {
  const { registry, clock, rules } = rooms
  // A snapshot that was read before waits here too, and will find that we know better (read.ts).
  using _turn = await turnOf(registry.db, 'facts')
  const last = await lastAccepted(registry.db)
  if (last === null) {
    return {
      result: 'refused',
      code: 'UNAVAILABLE',
      message: 'nothing was ever read whole from the source yet',
    }
  }
  if (!sameYears(last.open_years, openYears)) {
    const message = 'the open years of the source have moved: a person approves that first'
    return { result: 'held', code: 'YEAR_CHANGED', message }
  }
  if (record === null) return { result: 'absent', code: null, message: null }
  const at = clock.now()
  const recorded = recordedStudent(record, rules.ownDomains)
  const known = await recordDigests(registry.db, [wish.number])
  const moved = known.get(wish.number) !== recorded.digest
  await registry.transaction(async (tx) => {
    await takeWish(tx, wish.id, takenAt)
    if (moved) await recordStudents(tx, [recorded], at)
    await remember(tx, [
      { at, actor: wish.asked_by, action: 'read-again', number: wish.number, facts: { moved } },
    ])
  })
  return { result: moved ? 'changed' : 'unchanged', code: null, message: null }
}

/** Answers those who asked that a student be read again, within a second of their asking. */
export async function answerWishes(rooms: Rooms, signal: AbortSignal): Promise<void> {
  const { registry, clock, leadership, log } = rooms
  const wake: { call: () => void } = { call: () => undefined }
  using _listening = registry.onNudge((number) => {
    if (number === '') wake.call()
  })
  while (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    // Before we look: who asks while we do is not overheard.
    wake.call = () => resolve(undefined)
    try {
      const wishes = leadership.leads(facts) ? await openWishes(registry.db, atOnce) : []
      await Promise.all(wishes.map((wish) => readAgain(rooms, wish, signal)))
      if (wishes.length > 0) continue
    } catch (error) {
      log.error('loop-failed', { loop: 'read-again', code: asIdentityError(error).code }, error)
    }
    await Promise.race([promise, clock.sleep(pollMs, signal)])
  }
}
