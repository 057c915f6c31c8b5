import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { lockAccounts } from '../../registry/accounts.ts'
import { remember } from '../../registry/audit.ts'
import { migrate } from '../../registry/migrate.ts'
import type { Registry } from '../../registry/open.ts'
import { openPGlite } from '../../registry/pglite-pool.ts'
import { readMark, writeMark } from '../../registry/standings.ts'
import type { Db } from '../../registry/tables.ts'
import { openTestRegistry } from '../run/registry.ts'
import { admit } from '../run/admitted.ts'
import { movedClock } from '../run/moved-clock.ts'

const clock = movedClock('2026-09-15T06:00:00.000Z')
let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(clock)
})
afterAll(() => registry.close())

describe('a transaction', () => {
  test('that fails undoes its own writes and nobody else’s', async () => {
    const { promise: begun, resolve: hasBegun } = Promise.withResolvers<undefined>()
    const { promise: goOn, resolve } = Promise.withResolvers<undefined>()
    const failing = registry.transaction(async (tx) => {
      await writeMark(tx, 'mine', 'undone')
      hasBegun(undefined)
      await goOn
      throw new Error('no')
    })
    await begun
    // A write outside it, asked for while it is open.
    const beside = writeMark(registry.db, 'theirs', 'kept')
    resolve(undefined)
    await expect(failing).rejects.toThrow('no')
    await beside
    expect(await readMark(registry.db, 'mine')).toBeNull()
    expect(await readMark(registry.db, 'theirs')).toBe('kept')
  })

  test('is not seen by others before it is whole', async () => {
    const { promise: goOn, resolve } = Promise.withResolvers<undefined>()
    const writing = registry.transaction(async (tx) => {
      await writeMark(tx, 'half', '1')
      await goOn
      await writeMark(tx, 'half', '2')
    })
    const seen = readMark(registry.db, 'half')
    resolve(undefined)
    await writing
    expect([null, '2']).toContain(await seen)
  })

  test('in which a statement failed is rolled back and says so, though the error was swallowed', async () => {
    const swallowing = registry.transaction(async (tx) => {
      await writeMark(tx, 'swallowed', 'before')
      await sql`select 1/0`.execute(tx).catch(() => undefined)
    })
    await expect(swallowing).rejects.toMatchObject({ code: 'REGISTRY_FAILED' })
    expect(await readMark(registry.db, 'swallowed')).toBeNull()
    // The connection serves the next one.
    await registry.transaction((tx) => writeMark(tx, 'next', 'yes'))
    expect(await readMark(registry.db, 'next')).toBe('yes')
  })

  test('that has taken a student is waited for by all that come after it', async () => {
    const number = await admit(registry)
    await writeMark(registry.db, 'count', '0')
    await Promise.all(
      Array.from({ length: 50 }, () =>
        registry.transaction(async (tx) => {
          await lockAccounts(tx, [number])
          const count = Number(await readMark(tx, 'count'))
          await writeMark(tx, 'count', String(count + 1))
        }),
      ),
    )
    expect(await readMark(registry.db, 'count')).toBe('50')
  })

  test('undone by a rival is run again, and both are whole in the end', async () => {
    const [one, other] = [await admit(registry), await admit(registry)]
    const { promise: bothHaveOne, resolve } = Promise.withResolvers<undefined>()
    let having = 0
    let runs = 0
    // Each takes one student and then wants the other's: one of the two has to give way.
    const crossing = (first: string, second: string) =>
      registry.transaction(async (tx) => {
        runs++
        await lockAccounts(tx, [first])
        if (++having === 2 || isSerial) resolve(undefined)
        await bothHaveOne
        await lockAccounts(tx, [second])
        await writeMark(tx, `crossed ${first}`, 'yes')
      })
    const isSerial = inject('registry') === 'embedded'
    await Promise.all([crossing(one, other), crossing(other, one)])
    expect(await readMark(registry.db, `crossed ${one}`)).toBe('yes')
    expect(await readMark(registry.db, `crossed ${other}`)).toBe('yes')
    // A busy server may find the knot from both ends, and undo both.
    expect(isSerial ? [2] : [3, 4]).toContain(runs)
  })
})

describe('the audit trail', () => {
  test.each([
    ['changed', sql`update audit set action = 'nothing'`],
    ['shortened', sql`delete from audit`],
    ['emptied', sql`truncate audit`],
  ])('cannot be %s', async (_, statement) => {
    const act = { at: clock.now(), actor: 'daemon', action: 'invited', number: null }
    await remember(registry.db, [act])
    await expect(statement.execute(registry.db)).rejects.toThrow('append-only')
    expect((await registry.db.selectFrom('audit').selectAll().execute()).at(-1)).toMatchObject(act)
  })

  test('tells of nothing that was undone', async () => {
    const act = { at: clock.now(), actor: 'daemon', action: 'never', number: null }
    await expect(
      registry.transaction(async (tx) => {
        await remember(tx, [act])
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    const acts = await registry.db.selectFrom('audit').select('action').execute()
    expect(acts.map(({ action }) => action)).not.toContain('never')
  })
})

test('a nudge reaches whoever listens, and nobody once they have stopped', async () => {
  const heard: string[] = []
  {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    using _listening = registry.onNudge((number) => {
      heard.push(number)
      resolve(undefined)
    })
    await registry.nudge('21100001')
    await promise
  }
  await registry.nudge('21100002')
  await readMark(registry.db, 'any')
  expect(heard).toEqual(['21100001'])
})

test('instants come back as they went in, and counts are numbers', async () => {
  const at = new Date('2026-10-25T01:30:00.123Z')
  await remember(registry.db, [{ at, actor: 'daemon', action: 'instant', number: null }])
  const row = await registry.db
    .selectFrom('audit')
    .selectAll()
    .where('action', '=', 'instant')
    .executeTakeFirstOrThrow()
  expect(row.at).toEqual(at)
  expect(typeof row.id).toBe('number')
})

describe('a migration', () => {
  test('is applied once, and one that has changed since is refused', async () => {
    const database = await openPGlite(null, 'test', () => undefined, clock)
    const run = async (text: string) => {
      const client = await database.connect()
      await client.script(text)
      client.release()
    }
    try {
      const applied = await migrate(database)
      expect(applied.length).toBeGreaterThan(0)
      expect(applied).toEqual([...applied].sort())
      expect(await migrate(database)).toEqual([])
      await run(`update migration set digest = 'other' where name = '${applied[0] ?? ''}'`)
      await expect(migrate(database)).rejects.toThrow('forward only')
      // The connection serves the next one.
      await run('select 1')
    } finally {
      await database.end()
    }
  })
})

test('what was prepared before a newer version changed a table goes on, alone and in a transaction', async () => {
  const ask = (db: Db) => sql<object>`select * from growing where id = ${1}`.execute(db)
  await sql`create table growing (id integer)`.execute(registry.db)
  await sql`insert into growing values (1)`.execute(registry.db)
  const grow = async (column: string) => {
    for (let each = 0; each < 5; each++) await ask(registry.db)
    await sql`alter table growing add column ${sql.id(column)} text`.execute(registry.db)
  }
  await grow('one')
  expect((await ask(registry.db)).rows).toEqual([{ id: 1, one: null }])
  await grow('two')
  const { rows } = await registry.transaction((tx) => ask(tx))
  expect(rows).toEqual([{ id: 1, one: null, two: null }])
  await sql`drop table growing`.execute(registry.db)
})
