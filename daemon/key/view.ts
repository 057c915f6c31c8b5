import { keysIn, type KeyFault, type Supplied, type SuppliedKey } from '../../domain/supplied-key.ts'
import type { Clock } from '../../platform/clock.ts'
import { cellsOf } from '../source/database/cells.ts'
import type { SourceDatabase } from '../source/database/database.ts'
import { fitted, sqlText } from '../source/database/text.ts'
import type { ActivationKeySource } from './source.ts'

/** How long what was read may stand for what there is: a first load asks for each batch of students. */
const standsMs = 60_000

/** A view of the source database with COD_ETU and CLE. All of it is read: that two students have one key cannot be seen
 *  otherwise. */
export function keysOfView(
  database: SourceDatabase,
  view: string,
  shortest: number,
  clock: Pick<Clock, 'monotonic'>,
): ActivationKeySource {
  let last: { readonly at: number; readonly keys: ReadonlyMap<string, SuppliedKey | KeyFault> } | null = null
  return {
    async keys() {
      const at = clock.monotonic()
      if (last !== null && at - last.at < standsMs) return last.keys
      const text = fitted(sqlText('keys'), 'full', () => true).replace('cle_activation', view)
      const supply = await database.visit([], async ({ query }) => {
        const rows: Supplied[] = []
        for await (const batch of query(text, {})) {
          for (const row of batch.rows) {
            const [number = '', key = ''] = cellsOf(row)
            rows.push({ number, key })
          }
        }
        return rows
      })
      const keys = keysIn(supply, shortest)
      last = { at, keys }
      return keys
    },
  }
}
