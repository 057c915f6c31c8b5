import { settle } from '../daemon/settle.ts'
import type { Rooms } from '../daemon/rooms.ts'

/** Settles a student at once, and tells in which directories it is done: the others follow by themselves. */
export async function settledNow(
  rooms: Rooms,
  number: string,
): Promise<{ settled: string[]; waiting: string[]; late: string }> {
  const settled: string[] = []
  const waiting: string[] = []
  for (const target of rooms.targets.filter(({ mode }) => mode === 'write')) {
    const outcome = await settle(rooms, target, number, target.lane('nudge'))
    ;(outcome === 'settled' ? settled : waiting).push(target.name)
  }
  return { settled, waiting, late: waiting.length > 0 ? `; still to come: ${waiting.join(', ')}` : '' }
}
