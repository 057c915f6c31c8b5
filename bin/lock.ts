import type { Rooms } from '../daemon/rooms.ts'
import { randomUuid } from '../platform/chance.ts'
import { IdentityError } from '../platform/error.ts'
import { lock, unlock, type Locked } from '../registry/locking.ts'
import type { Command, Given, Outcome } from './desk.ts'
import { settledNow } from './settled-now.ts'

/** `lock NUMBER`: nobody signs in any more, in any directory, from now on; the student is told. */
export const lockAccount: Command = {
  needsDirectories: true,
  async run({ rooms }, given) {
    const { registry, chance } = rooms
    const locking = lockingOf(rooms, given)
    const { number, at } = locking
    const letter = {
      id: randomUuid(chance),
      kind: 'locked',
      number,
      address: null,
      once: null,
      dueAt: at,
    } as const
    const done = await registry.transaction((tx) => lock(tx, locking, letter))
    return told(rooms, number, done, 'locked')
  },
}

/** `unlock NUMBER`: the student is asked to choose a new password, or invited again. */
export const unlockAccount: Command = {
  needsDirectories: true,
  async run({ rooms }, given) {
    const locking = lockingOf(rooms, given)
    const done = await rooms.registry.transaction((tx) => unlock(tx, locking))
    return told(rooms, locking.number, done, 'unlocked')
  },
}

function lockingOf({ clock }: Rooms, given: Given) {
  const reason = given['reason'] === undefined ? null : String(given['reason'])
  return { number: String(given['number'] ?? ''), actor: 'operator', reason, at: clock.now() }
}

async function told(
  rooms: Rooms,
  number: string,
  done: Locked,
  word: 'locked' | 'unlocked',
): Promise<Outcome> {
  if (done === 'unknown') throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known`)
  const { settled, waiting, late } = await settledNow(rooms, number)
  const already = done === 'unchanged' ? ' already' : ''
  return {
    data: { number, locked: word === 'locked', changed: done === 'changed', settled, waiting },
    text: `${number} is${already} ${word} in ${settled.join(', ') || 'the registry'}${late}\n`,
  }
}
