import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sync } from '../../bin/sync.ts'
import { createApogeeSource } from '../../daemon/source/database/apogee.ts'
import { postgresDatabase } from '../../daemon/source/database/postgres.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import { answerWishes, readAgain } from '../../daemon/read-again.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import type { Source } from '../../daemon/source/source.ts'
import { IdentityError } from '../../platform/error.ts'
import { loadSettings } from '../../platform/settings.ts'
import { lastTaken } from '../../registry/facts.ts'
import { askToReadAgain, readAgainResult } from '../../registry/read-again.ts'
import { studentOf } from '../../registry/students.ts'
import { atOurTime, openApogee, type TestApogee } from '../run/apogee.ts'
import { eventually } from '../run/eventually.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
let apogee: TestApogee
let rooms: Rooms
beforeAll(async () => {
  stage = await openStage()
  apogee = await openApogee()
  const limits = { schema: null, connectMs: 2_000, statementMs: 20_000, batch: 100 }
  const source: Source = createApogeeSource({
    database: atOurTime(postgresDatabase({ url: apogee.url, ...limits }), stage.clock),
    clock: stage.clock,
    last: () => lastTaken(stage.rooms.registry.db),
    fullAt: '04:00',
    overlapMs: 2 * hour,
    maxSetAsideShare: 0.01,
    openYears: null,
    demandsYearBefore: true,
  })
  rooms = { ...stage.rooms, source }
})
afterAll(async () => {
  await apogee[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

const bothYears = { years: ['2025', '2026'] }
const [first, second] = [freshNumber(), freshNumber()]
beforeEach(async () => {
  await stage.afresh()
  await apogee.fill([enrolled(first, bothYears), enrolled(second, bothYears)])
  await pass(rooms)
})

const ask = (number: string) => askToReadAgain(rooms.registry, { number, by: 'agent@example.org' })
const again = async (number: string) => readAgain(rooms, await ask(number))
const rightOf = async (number: string) => (await studentOf(rooms.registry.db, number))?.account.right_kind
const settings = loadSettings({ env: {} })
const synced = (number: string, its = rooms) =>
  sync.run({ settings, rooms: its, daemon: null }, { student: number })

test('whoever was corrected a moment ago is as the record has it now, without a date of change', async () => {
  await apogee.run(`update adresse set adr_mail = 'new@example.org' where cod_ind = 1`)
  expect(await again(first)).toMatchObject({ result: 'changed' })
  expect((await studentOf(rooms.registry.db, first))?.person.address).toBe('new@example.org')
  expect(await again(first)).toMatchObject({ result: 'unchanged' })
})

test('a cancellation is followed at once, and so is somebody who is enrolled a moment ago', async () => {
  await apogee.run(`update ins_adm_etp set eta_iae = 'A' where cod_ind = 1 and cod_anu = '2026'`)
  expect(await again(first)).toMatchObject({ result: 'changed' })
  expect(await rightOf(first)).toBe('grace')

  const newcomer = freshNumber()
  await apogee.fill([enrolled(first, bothYears), enrolled(second, bothYears), enrolled(newcomer)])
  expect(await again(newcomer)).toMatchObject({ result: 'changed' })
  expect(await rightOf(newcomer)).toBe('open')
})

test('whoever is not found loses nothing', async () => {
  await apogee.run('delete from ins_adm_etp where cod_ind = 1')
  expect(await again(first)).toMatchObject({ result: 'absent' })
  expect(await rightOf(first)).toBe('open')
})

test('a year that was opened meanwhile waits for a person', async () => {
  await apogee.run(`insert into annee_uni (cod_anu, eta_anu_iae) values ('2027', 'O')`)
  await apogee.run(`update ins_adm_etp set eta_iae = 'A' where cod_ind = 1`)
  expect(await again(first)).toMatchObject({ result: 'held', code: 'YEAR_CHANGED' })
  expect(await rightOf(first)).toBe('open')
})

test('what the source refuses is told with its code', async () => {
  await apogee.run('alter table adresse rename to addresses')
  expect(await again(first)).toMatchObject({ result: 'refused', code: 'FEED_MISSING' })
  await apogee.run('alter table addresses rename to adresse')
})

test('a source that takes longer than somebody can wait is refused, and the next wish is not kept waiting', async () => {
  await apogee.run(`alter table individu rename to people;
    create view individu as select p.* from people p, pg_sleep(15); grant select on individu to public`)
  try {
    const begun = performance.now()
    expect(await again(first)).toMatchObject({ result: 'refused', code: 'FEED_UNREACHABLE' })
    expect(performance.now() - begun).toBeLessThan(14_000)
  } finally {
    await apogee.run('drop view individu; alter table people rename to individu')
  }
  expect(await again(first)).toMatchObject({ result: 'unchanged' })
})

test('a snapshot that was read before and is written after does not undo it', async () => {
  stage.clock.move(1_000)
  const older = await rooms.source.read({ again: true })
  stage.clock.move(1_000)
  await apogee.run(`update ins_adm_etp set eta_iae = 'A' where cod_ind in (1, 2) and cod_anu = '2026'`)
  await again(first)
  const late: Source = { ...rooms.source, read: () => Promise.resolve(older) }
  expect(await read({ ...rooms, source: late })).toMatchObject({ state: 'accepted' })
  await pass(rooms)
  expect(await rightOf(first)).toBe('grace')
  expect(await rightOf(second)).toBe('open')
})

test('the daemon answers within seconds, and what came of it is written down, with who asked', async () => {
  const stopping = new AbortController()
  const answering = answerWishes(rooms, stopping.signal)
  await apogee.run(`update individu set lib_pr1_ind = 'BERTHE' where cod_ind = 1`)
  const wishes = await Promise.all([ask(first), ask(second), ask('29999999')])
  const results = await eventually('the answers', async () => {
    const told = await Promise.all(wishes.map(({ id }) => readAgainResult(rooms.registry.db, id)))
    return told.every((each) => each?.result) ? told : null
  })
  stopping.abort()
  await answering
  expect(results.map((each) => each?.result)).toEqual(['changed', 'unchanged', 'absent'])
  const acts = await rooms.registry.db
    .selectFrom('audit')
    .select(['actor', 'number'])
    .where('action', '=', 'read-again')
    .where('number', '=', first)
    .execute()
  expect(acts).toContainEqual({ actor: 'agent@example.org', number: first })
})

test('`sync --student` reads again and settles; of a drop it says what it cannot do', async () => {
  await apogee.run(`update adresse set adr_mail = 'newer@example.org' where cod_ind = 1`)
  const { data, exit, text } = await synced(first)
  expect(data).toMatchObject({ source: { result: 'changed' } })
  expect(exit).toBe(0)
  expect(text).toContain('source          changed')
  expect((await studentOf(rooms.registry.db, first))?.person.address).toBe('newer@example.org')

  const dropped = await synced(first, stage.rooms)
  expect(dropped).toMatchObject({ exit: 0, data: { source: { result: 'impossible' } } })
  expect(dropped.text).toContain('comes with its next snapshot')

  await expect(synced('29999999')).rejects.toMatchObject({ code: 'STUDENT_UNKNOWN' })
  await expect(synced(`1' or '1`)).rejects.toMatchObject({ code: 'USAGE' })
  const away = {
    ...rooms,
    source: {
      ...rooms.source,
      readStudent: () => Promise.reject(new IdentityError('FEED_UNREACHABLE', 'away')),
    },
  }
  expect(await synced(first, away)).toMatchObject({ exit: 1, error: { code: 'FEED_UNREACHABLE' } })
})
