import { sql } from 'kysely'
import { within } from './search.ts'
import type { Db } from './tables.ts'

export interface TrailRow {
  readonly id: number
  readonly at: Date
  readonly actor: string
  readonly action: string
  readonly number: string | null
  readonly facts: Record<string, unknown>
}

/** The newest acts first, `count` at most, older than the act `before`; of one student or one actor when named.
 *  Whoever may see some composantes only reads the acts on their students. */
export async function trail(
  db: Db,
  asked: {
    readonly number: string | null
    readonly actor: string | null
    readonly before: number | null
    readonly scope: readonly string[] | null
    readonly count: number
  },
): Promise<TrailRow[]> {
  const { number, actor, before, scope, count } = asked
  return db
    .selectFrom('audit')
    .selectAll()
    .$if(number !== null, (query) => query.where('number', '=', number))
    .$if(actor !== null, (query) => query.where('actor', '=', actor ?? ''))
    .$if(before !== null, (query) => query.where('id', '<', before ?? 0))
    .$if(scope !== null, (query) => query.where(within(sql`audit.number`, scope)))
    .orderBy('id', 'desc')
    .limit(count)
    .execute()
}
