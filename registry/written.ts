import { sql, type RawBuilder } from 'kysely'
import { present } from '../domain/account.ts'
import type { Db } from './tables.ts'

/** An entry as a scan has seen it. */
export interface Seen {
  readonly number: string | null
  readonly uuid: string | null
  readonly digest: string
}

/** What was last written in a target and read back, of those for whom nothing has become due since: their accounts are
 *  what they were then; and who else is to have an entry. Of each it is kept whether an entry was met that says what was
 *  written. A million of them must fit. */
export class Written {
  readonly #places = new Map<string, number>()
  /** entryUUID and digest, as one text each; empty: nothing is written that would still be right. */
  readonly #texts: string[] = []
  #met = new Uint8Array(1_024)

  /** Whether an entry is ours, and says just that. */
  meets({ number, uuid, digest }: Seen): boolean {
    if (number === null || uuid === null) return false
    const place = this.#places.get(number)
    if (place === undefined) return false
    const text = this.#texts[place] ?? ''
    if (text.length !== uuid.length + 1 + digest.length || !text.startsWith(uuid) || !text.endsWith(digest))
      return false
    this.#met[place] = 1
    return true
  }

  /** Whether the entry of a student was met. */
  hasMet(number: string): boolean {
    const place = this.#places.get(number)
    return place !== undefined && this.#met[place] === 1
  }

  /** Those of whom no entry was met that says what was written. */
  unmet(): string[] {
    const numbers: string[] = []
    for (const [number, place] of this.#places) if (this.#met[place] !== 1) numbers.push(number)
    return numbers
  }

  add(number: string, text: string): void {
    const place = this.#texts.push(text) - 1
    this.#places.set(number, place)
    if (place < this.#met.length) return
    const more = new Uint8Array(2 * this.#met.length)
    more.set(this.#met)
    this.#met = more
  }
}

/** What was written in a whole target, of everybody who is to have an entry. */
export function writtenIn(db: Db, target: string): Promise<Written> {
  return take(db, target, sql`a.state in (${sql.join(present.map((state) => sql.lit(state)))})`)
}

/** What was written there of some, as many as one statement can name. */
export function writtenOf(db: Db, target: string, numbers: readonly string[]): Promise<Written> {
  return take(db, target, sql`a.number = any(${[...numbers]}::text[])`)
}

async function take(db: Db, target: string, where: RawBuilder<unknown>): Promise<Written> {
  // A text for some hundreds or thousands, since rows cost the driver more than everything else, and in no order, since
  // sorting numbers would cost the server as much again: nothing in them has a comma or a space. What is asked of a
  // settlement is no condition of the join: right after a first pass the planner would take those that meet it for few,
  // and look through all of them for each student.
  const { rows } = await sql<{ some: string }>`
    select string_agg(a.number || case when s.version = a.version and s.state = 'settled'
      then coalesce(' ' || s.entry_uuid || ' ' || s.written_digest, '') else '' end, ',') as "some"
    from account a left join settlement s on s.target = ${target} and s.number = a.number
    where ${where} group by right(a.number, 2)`.execute(db)
  const written = new Written()
  for (const { some } of rows)
    for (const text of some.split(',')) {
      const space = text.indexOf(' ')
      if (space < 0) written.add(text, '')
      else written.add(text.slice(0, space), text.slice(space + 1))
    }
  return written
}
