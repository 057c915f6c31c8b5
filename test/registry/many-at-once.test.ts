import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Registry } from '../../registry/open.ts'
import { openTestRegistry } from '../run/registry.ts'
import { movedClock } from '../run/moved-clock.ts'

let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(movedClock('2026-09-15T06:00:00.000Z'))
})
afterAll(() => registry.close())

test('some hundreds of a large table are found by its index: it is not read whole for them', async () => {
  const plan = await registry.transaction(async (tx) => {
    await sql`create temporary table held on commit drop as
      select number::text, repeat('x', 200) as filler from generate_series(21000001, 21060000) number`.execute(
      tx,
    )
    await sql`create unique index on held (number)`.execute(tx)
    await sql`analyze held`.execute(tx)
    const numbers = Array.from({ length: 800 }, (_, index) => String(21_000_100 + index * 70))
    const { rows } = await sql<Record<string, string>>`
      explain update held set filler = '' from unnest(${numbers}::text[]) as asked(number)
      where held.number = asked.number`.execute(tx)
    return rows.flatMap(Object.values).join('\n')
  })
  expect(plan).toContain('Index Scan')
  expect(plan).not.toContain('Seq Scan')
})
