import type { Staff } from '../../domain/staff.ts'
import { randomUuid } from '../../platform/chance.ts'
import { IdentityError } from '../../platform/error.ts'
import { remember } from '../../registry/audit.ts'
import { keysOf } from '../../registry/keys.ts'
import { letterOf, post, type NewLetter } from '../../registry/letters.ts'
import { askForReset } from '../../registry/reset-requests.ts'
import { addressStateOf, type Student } from '../../registry/students.ts'
import type { LetterRow, Tx } from '../../registry/tables.ts'
import type { Helpdesk } from './options.ts'
import { resendingOf } from './resendable.ts'
import { spending } from './spend.ts'
import { studentFor } from './student.ts'

/** Sends a letter again, as things stand now: to the address on record, with the key that waits. A link is never sent
 *  twice: it is asked for anew. Throws LETTER_UNKNOWN, LETTER_FINAL, ADDRESS_SHARED, KEY_ABSENT, KEY_USED. */
export async function resendLetter(
  desk: Helpdesk,
  staff: Staff,
  id: string,
): Promise<{ number: string; kind: string }> {
  const { registry, clock, rules } = desk
  const letter = await letterOf(registry.db, id)
  const number = letter?.number ?? null
  if (letter === null || number === null) throw unknown()
  const student = await studentFor(desk, staff, number).catch((error: unknown) => {
    throw error instanceof IdentityError && error.code === 'STUDENT_UNKNOWN' ? unknown() : error
  })
  const way = resendingOf(letter.kind, student.account)
  if (way === null) throw new IdentityError('LETTER_FINAL', `${letter.kind} is not sent again`)
  if (addressStateOf(student.person) === 'shared')
    throw new IdentityError('ADDRESS_SHARED', 'the personal address is shared')

  const limit = { scope: 'resend', whose: number, count: rules.resendsPerHour }
  await spending(desk, limit, () =>
    registry.transaction(async (tx) => {
      const at = clock.now()
      if (way === 'anew') await askAnew(tx, student, at)
      else await post(tx, [await again(desk, tx, letter, number, at)], at)
      const action = way === 'anew' ? 'reset-offered' : 'letter-resent'
      await remember(tx, [{ at, actor: staff.subject, action, number, facts: { kind: letter.kind } }])
    }),
  )
  await registry.nudge('')
  return { number, kind: letter.kind }
}

async function askAnew(tx: Tx, { person }: Student, at: Date): Promise<void> {
  if (person.address_canonical !== null) await askForReset(tx, person.address_canonical, at)
}

async function again(
  { chance }: Helpdesk,
  tx: Tx,
  letter: LetterRow,
  number: string,
  at: Date,
): Promise<NewLetter> {
  const fresh = { id: randomUuid(chance), number, address: null, once: null, dueAt: at }
  if (letter.kind !== 'invitation' && letter.kind !== 'reminder')
    return { ...fresh, kind: letter.kind, facts: letter.facts }
  const keys = await keysOf(tx, number)
  const key = keys.find(({ state }) => state === 'waiting')
  if (key === undefined)
    throw new IdentityError(
      keys.some(({ state }) => state === 'used') ? 'KEY_USED' : 'KEY_ABSENT',
      'no key waits',
    )
  return { ...fresh, kind: 'invitation', facts: { ...letter.facts, version: String(key.version) } }
}

function unknown(): IdentityError {
  return new IdentityError('LETTER_UNKNOWN', 'no such letter, for this member of staff')
}
