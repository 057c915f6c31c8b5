import { keyAlphabet, keyLength } from '../../domain/key.ts'
import type { Staff } from '../../domain/staff.ts'
import { randomText, randomUuid } from '../../platform/chance.ts'
import { IdentityError } from '../../platform/error.ts'
import { lockAccounts } from '../../registry/accounts.ts'
import { remember } from '../../registry/audit.ts'
import { issueKeys, keysOf } from '../../registry/keys.ts'
import { post } from '../../registry/letters.ts'
import { addressStateOf, studentOf, type Student } from '../../registry/students.ts'
import type { KeyRow, Tx } from '../../registry/tables.ts'
import type { Helpdesk } from './options.ts'
import { spending } from './spend.ts'

export interface KeyAct {
  readonly staff: Staff
  readonly number: string
  readonly reason: string | null
}

/** Shows the key that waits (rules: the key). Once per hour and person at most so many; in the trail, with the reason;
 *  and the student is told by a letter that leaves at once. */
export async function revealKey(
  desk: Helpdesk,
  { staff, number, reason }: KeyAct,
): Promise<{ key: string; version: number }> {
  const { registry, ring, clock, chance, metrics, rules } = desk
  const limit = { scope: 'reveal', whose: staff.subject, count: rules.revealsPerHour }
  const shown = await spending(desk, limit, () =>
    registry.transaction(async (tx) => {
      const at = clock.now()
      const { student, key } = await waitingKey(tx, number)
      if (addressStateOf(student.person) === 'shared')
        throw new IdentityError('ADDRESS_SHARED', 'the personal address is shared')
      if (key.sealed === null) throw new IdentityError('KEY_ABSENT', 'no copy of this key is kept')
      const clear = await ring.unseal('key', key.sealed)
      await post(
        tx,
        [{ id: randomUuid(chance), kind: 'key-revealed', number, address: null, once: null, dueAt: at }],
        at,
      )
      await remember(tx, [
        {
          at,
          actor: staff.subject,
          action: 'key-revealed',
          number,
          facts: { version: key.version, reason, identity_checked: true },
        },
      ])
      return { key: clear, version: key.version }
    }),
  )
  metrics.keysRevealed.inc()
  await registry.nudge('')
  return shown
}

/** Replaces the key that waits: card and letter work no more. The new one is mailed where an address allows it, and
 *  shown only by a reveal of its own. */
export async function replaceKey(
  desk: Helpdesk,
  { staff, number, reason }: KeyAct,
): Promise<{ version: number; mailed: boolean }> {
  const { registry, ring, clock, chance, rules } = desk
  const fresh = randomText(chance, keyAlphabet, keyLength)
  const mac = ring.mac('key', fresh)
  const sealed = await ring.seal('key', fresh)
  const limit = { scope: 'reveal', whose: staff.subject, count: rules.revealsPerHour }
  const replaced = await spending(desk, limit, () =>
    registry.transaction(async (tx) => {
      const at = clock.now()
      const { student, key } = await waitingKey(tx, number)
      const version = key.version + 1
      await issueKeys(tx, [{ number, version, mac, sealed }], at)
      const mailed = addressStateOf(student.person) === 'usable'
      const year = student.account.right_years.at(-1) ?? ''
      const letter = {
        id: randomUuid(chance),
        kind: 'invitation' as const,
        number,
        address: null,
        once: `invitation ${number} ${version} ${year}`,
        dueAt: at,
        facts: { version: String(version), year },
      }
      if (mailed) await post(tx, [letter], at)
      await remember(tx, [
        { at, actor: staff.subject, action: 'key-replaced', number, facts: { version, reason } },
      ])
      return { version, mailed }
    }),
  )
  await registry.nudge('')
  return replaced
}

/** The key that waits for a student who may use it, with the account taken. */
async function waitingKey(tx: Tx, number: string): Promise<{ student: Student; key: KeyRow }> {
  await lockAccounts(tx, [number])
  const student = await studentOf(tx, number)
  if (student === null) throw new IdentityError('STUDENT_UNKNOWN', 'no such student')
  if (student.account.locked) throw new IdentityError('ACCOUNT_LOCKED', 'the account is locked')
  const keys = await keysOf(tx, number)
  const key = keys.find(({ state }) => state === 'waiting')
  if (key === undefined) {
    const used = keys.some(({ state }) => state === 'used')
    throw new IdentityError(used ? 'KEY_USED' : 'KEY_ABSENT', 'no key waits for this student')
  }
  if (student.account.right_kind !== 'open')
    throw new IdentityError('RIGHT_MISSING', 'the key sleeps: there is no enrolment')
  return { student, key }
}
