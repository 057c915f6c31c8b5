import type { Touched } from './changes.ts'
import type { Context } from './context.ts'
import { valuesOf } from './entry.ts'
import type { Entry } from './entry.ts'
import type { StoredChange } from './record.ts'

/** Makes a change of the tree safe, then tells it to whoever follows. One that could not be made safe was taken back;
 *  followers may have seen it meanwhile, and are told so. @throws Refusal 52 */
export async function keep(
  context: Context,
  change: StoredChange,
  csn: string,
  touched: readonly Touched[],
  undo: () => void,
): Promise<void> {
  const move = change.kind === 'move'
  try {
    await context.store.append(change, csn, undo)
  } catch (error) {
    const back = touched.map(({ uuid, before, after }) => ({ uuid, before: after, after: before }))
    context.changes.tell(csn, back, move)
    throw error
  }
  context.changes.tell(csn, touched, move)
}

/** The identity of an entry for its whole life; '' if it came without one. */
export function uuidOf(entry: Entry): string {
  return valuesOf(entry.bytes, 'entryuuid')[0]?.toString('latin1') ?? ''
}
