import { createHash } from 'node:crypto'
import { tokenAlphabet, tokenLength } from '../../domain/token.ts'
import { randomText, randomUuid } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { lettersAskedFor, post, type NewLetter } from '../../registry/letters.ts'
import { pendingResetRequests, takeResetRequest, type ResetRequest } from '../../registry/reset-requests.ts'
import { bearersOfAddress, type Student } from '../../registry/students.ts'
import type { LetterKind } from '../../registry/tables.ts'
import { issueToken } from '../../registry/tokens.ts'
import type { Rooms } from '../rooms.ts'

const hour = 3_600_000

/** Answers those who asked for a link: with the link where one is due, with the reason where the address is known and
 *  none is due, with nothing where it is unknown or has been written to often enough. Returns how many were answered. */
export async function answerRequests(rooms: Rooms, count: number): Promise<number> {
  const requests = await pendingResetRequests(rooms.registry.db, count)
  for (const request of requests) await answer(rooms, request)
  return requests.length
}

async function answer({ registry, ring, clock, chance, rules }: Rooms, request: ResetRequest): Promise<void> {
  const at = clock.now()
  const token = randomText(chance, tokenAlphabet, tokenLength)
  const sealed = await ring.seal('token', token)
  await registry.transaction(async (tx) => {
    if (!(await takeResetRequest(tx, request.id))) return
    const bearers = await bearersOfAddress(tx, request.address_canonical)
    const { kind, student } = due(bearers, rules.reset.inGrace)
    const address = student?.person.address ?? null
    if (kind === null || student === null || address === null) return
    const recent = await lettersAskedFor(tx, address, later(at, -hour))
    if (recent >= rules.reset.lettersPerHour) return

    const { number } = student.person
    const letter: NewLetter = {
      id: randomUuid(chance),
      kind,
      number: kind === 'address-shared' ? null : number,
      // To the address on record, never to what was typed.
      address,
      once: null,
      dueAt: at,
      facts: { asked: 'yes' },
    }
    if (kind !== 'reset') {
      await post(tx, [letter], at)
      return
    }
    const expiresAt = later(request.requested_at, rules.reset.lifetimeHours * hour)
    await issueToken(tx, {
      digest: createHash('sha256').update(token).digest('hex'),
      number,
      requestedAt: at,
      expiresAt,
    })
    // A link that could not leave within the hour is not sent late: the student has asked again since, or will.
    await post(tx, [{ ...letter, sealed, expiresAt: later(request.requested_at, hour) }], at)
  })
}

/** What the bearers of an address are due: a link, a reason, or nothing. */
export function due(
  bearers: readonly Student[],
  inGrace: boolean,
): { kind: LetterKind | null; student: Student | null } {
  const shared = bearers.find(({ person }) => person.address_shared)
  if (shared) return { kind: 'address-shared', student: shared }
  // One who left long ago blocks nobody: whoever has a right counts first.
  const student = bearers.find(({ account }) => account.right_kind !== 'none') ?? bearers[0] ?? null
  if (student === null) return { kind: null, student }
  const { state, right_kind, locked } = student.account
  const entitled = right_kind === 'open' || (right_kind === 'grace' && inGrace)
  if (entitled && state === 'active' && !locked) return { kind: 'reset', student }
  if (right_kind === 'open' && state !== 'active') return { kind: 'reset-not-activated', student }
  return { kind: locked ? null : 'reset-no-right', student }
}
