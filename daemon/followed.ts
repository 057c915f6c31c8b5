import { isHeld } from '../registry/holds.ts'
import { forgetMark, readMark, writeMark } from '../registry/standings.ts'
import type { Rooms } from './rooms.ts'
import { isTargetTakenOver } from './taken-over.ts'
import type { Target } from './target/target.ts'

/** How far a target was read, and when it was last read whole. */
interface Followed {
  readonly mark: string
  readonly wholeAt: string
}

const nameOf = ({ name }: Target) => `read ${name}`

/** Where the changes of a target can be read on from; null when it is to be read whole: for the first time, before it
 *  is taken over, after a while, or while changes of others are held, of whom each pass must know anew. */
export async function followedFrom(
  { registry, clock, rules }: Rooms,
  target: Target,
): Promise<Followed | null> {
  const stored = await readMark(registry.db, nameOf(target))
  if (stored === null || !(await isTargetTakenOver(registry, target))) return null
  if (await isHeld(registry.db, 'drift', target.name)) return null
  const followed = JSON.parse(stored) as Followed
  const age = clock.now().getTime() - new Date(followed.wholeAt).getTime()
  // A clock that was set back must not put it off.
  return age >= 0 && age < rules.wholeScanMs ? followed : null
}

/** Notes how far a target has been read: whole at `wholeAt`, and its changes up to `mark`; null: whole again next time. */
export async function noteFollowed(
  { registry }: Rooms,
  target: Target,
  mark: string | null,
  wholeAt: string,
): Promise<void> {
  if (mark === null) await forgetMark(registry.db, nameOf(target))
  else await writeMark(registry.db, nameOf(target), JSON.stringify({ mark, wholeAt } satisfies Followed))
}
