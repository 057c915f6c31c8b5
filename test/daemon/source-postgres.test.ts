import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApogeeSource, type ApogeeOptions } from '../../daemon/source/database/apogee.ts'
import { postgresDatabase } from '../../daemon/source/database/postgres.ts'
import type { Source } from '../../daemon/source/source.ts'
import { generateUniversity } from '../../demo/generate.ts'
import type { Enrolment, StudentRecord } from '../../domain/person.ts'
import type { Snapshot } from '../../domain/snapshot.ts'
import { atOurTime, openApogee, type TestApogee } from '../run/apogee.ts'
import { movedClock } from '../run/moved-clock.ts'
import { crowd, enrolled, enrolment } from '../run/people.ts'
import { startPostgres } from '../run/servers/postgres.ts'

let apogee: TestApogee
beforeAll(async () => {
  apogee = await openApogee()
})
afterAll(() => apogee[Symbol.asyncDispose]())

const clock = movedClock('2026-09-15T08:00:00.000Z')
const hour = 3_600_000
const limits = { schema: null, connectMs: 2_000, statementMs: 5_000, batch: 7 }
const taken: { full: Date | null; any: Date | null } = { full: null, any: null }

function sourceAt(url = apogee.url, more: Partial<ApogeeOptions> = {}): Source {
  return createApogeeSource({
    database: atOurTime(postgresDatabase({ url, ...limits }), clock),
    clock,
    last: () => Promise.resolve(taken),
    fullAt: '04:00',
    overlapMs: 2 * hour,
    maxSetAsideShare: 0.01,
    openYears: null,
    demandsYearBefore: true,
    ...more,
  })
}

/** What a source says, taken as fact. */
async function reading(source: Source): Promise<Snapshot> {
  const snapshot = await source.read()
  if (snapshot === null) throw new Error('the source said nothing')
  taken.any = snapshot.takenAt
  if (snapshot.kind === 'full') taken.full = snapshot.takenAt
  return snapshot
}

const recordsOf = ({ students }: Snapshot) => [...students.values()]
const bothYears = { years: ['2025', '2026'] }
const numberOf = ({ person: { number } }: StudentRecord) => number

beforeEach(() => {
  clock.set('2026-09-15T08:00:00.000Z')
  taken.full = null
  taken.any = null
})

describe('a whole reading', () => {
  test('says of a university what a drop says of it', async () => {
    const records = generateUniversity({ students: 300, seed: 'base', today: '2026-09-15' })
    await apogee.fill(records)
    const snapshot = await reading(sourceAt())
    const wanted = records
      .map((record) => ({ ...record, enrolments: sorted(record) }))
      // Of the records that the generator marks as doubles nobody is made.
      .filter(({ person: { firstName }, enrolments }) => firstName !== 'DOUBLONS' && enrolments.length > 0)
      .sort((one, other) => Number(one.person.number) - Number(other.person.number))
    expect(recordsOf(snapshot).map((record) => ({ ...record, enrolments: sorted(record) }))).toEqual(wanted)
    expect(snapshot).toMatchObject({
      kind: 'full',
      openYears: ['2026'],
      takenAt: new Date('2026-09-15T08:00:00.000Z'),
      number: Date.parse('2026-09-15T08:00:00.000Z') / 1000,
    })
    expect(snapshot.students.size).toBe(wanted.length)
  })

  test('the annual address of an open year goes before the fixed one, when it is filled', async () => {
    const [one, other, third] = [
      enrolled(undefined, {
        ...bothYears,
        fixedAddress: 'fixed@example.org',
        annualAddress: 'year@example.org',
      }),
      enrolled(undefined, { ...bothYears, fixedAddress: 'fixed@example.org' }),
      enrolled(undefined, { ...bothYears, fixedAddress: 'fixed@example.org' }),
    ]
    await apogee.fill([one, other, third])
    // Of a year that is not open; and one of blanks.
    await apogee.run(`insert into adresse (cod_adr, cod_ind_ina, cod_anu_ina, adr_mail) values
      (900, 2, '2025', 'old@example.org'), (901, 3, '2026', '   ')`)
    const addresses = recordsOf(await reading(sourceAt())).map(
      ({ person: { fixedAddress, annualAddress } }) => [fixedAddress, annualAddress],
    )
    expect(addresses).toEqual([
      ['fixed@example.org', 'year@example.org'],
      ['fixed@example.org', null],
      ['fixed@example.org', null],
    ])
  })

  test('of two open years the newest one’s address is taken, and of two rows of one kind the newest', async () => {
    await apogee.fill([enrolled(undefined, { years: ['2024', '2025', '2026'] })], ['2025', '2026'])
    await apogee.run(`delete from adresse; insert into adresse (cod_adr, cod_ind, cod_ind_ina, cod_anu_ina, adr_mail) values
      (5, null, 1, '2026', 'newest@example.org'), (4, null, 1, '2026', 'older@example.org'),
      (9, null, 1, '2025', 'last@example.org'), (7, 1, null, null, 'fixed@example.org'),
      (6, 1, null, null, 'former@example.org')`)
    const [read] = recordsOf(await reading(sourceAt()))
    expect(read?.person).toMatchObject({
      fixedAddress: 'fixed@example.org',
      annualAddress: 'newest@example.org',
    })
  })

  test('every state of every open year and of the year before is read, and no older one', async () => {
    const record = enrolled()
    const { number } = record.person
    const enrolments = (['2024', '2025', '2026', '2027'] as const).flatMap((year) =>
      (['E', 'A', 'R', 'C'] as const).map((state) => enrolment(number, { year, state, step: `S${state}` })),
    )
    await apogee.fill([{ ...record, enrolments }], ['2026', '2027'])
    const [read] = recordsOf(await reading(sourceAt()))
    expect(new Set(read?.enrolments.map(({ year }) => year))).toEqual(new Set(['2025', '2026', '2027']))
    expect(read?.enrolments).toHaveLength(12)
  })

  test('dates are local time of Paris, in summer, in winter, and at the change of clocks', async () => {
    const record = enrolled(undefined, bothYears)
    await apogee.fill([record])
    const instants: Record<string, string> = {
      '2026-07-08 10:11:12': '2026-07-08T08:11:12.000Z',
      '2026-01-08 10:11:12': '2026-01-08T09:11:12.000Z',
      '2026-10-25 02:30:00': '2026-10-25T00:30:00.000Z',
      '2026-03-29 02:30:00': '2026-03-29T01:30:00.000Z',
    }
    for (const [local, instant] of Object.entries(instants)) {
      await apogee.run('update ins_adm_etp set dat_cre_iae = $1', [local])
      const [read] = recordsOf(await reading(sourceAt()))
      expect(read?.enrolments.map(({ createdAt }) => createdAt)).toEqual([instant, instant])
    }
  })

  test('numbers of 7 and of 8 digits are text as they are, and what pads a CHAR column is no part of a name', async () => {
    await apogee.fill([enrolled('3105007', bothYears), enrolled('21105008', bothYears)])
    const read = recordsOf(await reading(sourceAt()))
    expect(read.map(numberOf)).toEqual(['3105007', '21105008'])
    expect(read.map(({ person: { birthName } }) => birthName)).toEqual(['LOVELACE', 'LOVELACE'])
    expect(read[0]?.enrolments[0]).toMatchObject({
      component: 'SCI',
      componentLabel: 'Sciences',
      stepVersion: '261',
    })
  })

  test('what registrars have marked as a double is set aside, and so is what cannot be read, with the reason', async () => {
    const people = crowdOfBothYears(200)
    await apogee.fill(people)
    await apogee.run(`
      update individu set lib_pr1_ind = 'DOUBLONS' where cod_ind = 1;
      update individu set cod_etu = 123 where cod_ind = 2;
      update individu set date_nai_ind = '0001-01-01' where cod_ind = 3;
      update ins_adm_etp set eta_iae = 'X' where cod_ind = 4 and cod_anu = '2026';
      update ins_adm_etp set dat_cre_iae = '20026-01-01' where cod_ind = 5 and cod_anu = '2026';
      insert into ins_adm_etp select cod_anu, 99999, cod_etp, cod_vrs_vet, num_occ_iae, cod_dip, cod_cmp, eta_iae,
        eta_pmt_iae, tem_iae_prm, dat_cre_iae, dat_mod_iae, dat_annul_res_iae
        from ins_adm_etp where cod_ind = 6 and cod_anu = '2026'`)
    const snapshot = await reading(sourceAt(undefined, { maxSetAsideShare: 0.05 }))
    const [doubled, , badDate, badState] = people
    expect(snapshot.setAside.map(({ number, reason }) => `${number} ${reason}`).sort()).toEqual(
      [
        ...Array.from({ length: 2 }, () => `${doubled?.person.number} MARKED_DUPLICATE`),
        ...Array.from({ length: 2 }, () => 'null NUMBER_UNREADABLE'),
        ...Array.from({ length: 2 }, () => `${badDate?.person.number} DATE_UNREADABLE`),
        `${badState?.person.number} STATE_UNKNOWN`,
        `${people[4]?.person.number} DATE_UNREADABLE`,
        'null STUDENT_UNKNOWN',
      ].sort(),
    )
    expect(snapshot.students.size).toBe(197)
    await expect(sourceAt().read()).rejects.toMatchObject({ code: 'FEED_TOO_MANY_SET_ASIDE' })
  })

  test('of two records of one number the first is taken', async () => {
    const people = crowdOfBothYears(200)
    await apogee.fill(people)
    await apogee.run(
      `update individu set cod_etu = (select cod_etu from individu where cod_ind = 1) where cod_ind = 2`,
    )
    const snapshot = await reading(sourceAt())
    expect(snapshot.students.size).toBe(199)
    expect(snapshot.setAside.map(({ number, reason }) => [number, reason])).toEqual([
      [people[0]?.person.number, 'DUPLICATE'],
      [people[0]?.person.number, 'DUPLICATE'],
    ])
  })

  test('what a site does not have is done without', async () => {
    await using bare = await openApogee()
    await bare.fill([enrolled(undefined, { ...bothYears, civility: '1', mobile: '0600000000' })])
    await bare.run(`drop table composante, ins_adm_anu, diplome, etape;
      alter table adresse drop column num_tel_port; alter table individu drop column cod_civ, drop column prenom_usage`)
    const [read] = recordsOf(await reading(sourceAt(bare.url)))
    expect(read?.person).toMatchObject({ civility: null, mobile: null, chosenFirstName: null })
    expect(read?.enrolments[0]).toMatchObject({
      component: 'SCI',
      componentLabel: null,
      regime: null,
      cursus: null,
    })
  })

  test('a site may have the tables in a schema of their own', async () => {
    await using bare = await openApogee()
    await bare.fill(crowdOfBothYears(3))
    await bare.run(`create schema "apo'gee"; do $$ declare t text; begin
      for t in select tablename from pg_tables where schemaname = 'public' loop
        execute format('alter table %I set schema "apo''gee"', t); end loop; end $$;
      grant usage on schema "apo'gee" to public`)
    const at = (schema: string | null) =>
      sourceAt(bare.url, {
        database: atOurTime(postgresDatabase({ url: bare.url, ...limits, schema }), clock),
      })
    await expect(at(null).read()).rejects.toMatchObject({ code: 'FEED_MISSING' })
    expect((await reading(at("apo'gee"))).students.size).toBe(3)
  })
})

describe('a reading of changes', () => {
  test('comes after a whole one, and has whoever has moved, with all of their rows', async () => {
    await apogee.fill(crowdOfBothYears(20))
    const source = sourceAt()
    expect((await reading(source)).kind).toBe('full')
    clock.move(3 * hour)
    expect(await reading(source)).toMatchObject({ kind: 'delta', rows: 0 })

    clock.move(hour)
    const now = `'2026-09-15 13:59:59'`
    await apogee.run(`
      update ins_adm_etp set eta_iae = 'A', dat_annul_res_iae = ${now} where cod_ind = 1 and cod_anu = '2026';
      update ins_adm_etp set dat_mod_iae = ${now} where cod_ind = 2 and cod_anu = '2025';
      update ins_adm_etp set dat_cre_iae = ${now} where cod_ind = 3 and cod_anu = '2026';
      update individu set dat_mod_ind = ${now} where cod_ind = 4`)
    const snapshot = await reading(source)
    expect(snapshot).toMatchObject({ kind: 'delta', rows: 8 })
    expect(recordsOf(snapshot).map(({ enrolments }) => enrolments.length)).toEqual([2, 2, 2, 2])
  })

  test('reaches back beyond the last one: a clock that is behind, or a transaction that was long, loses nothing', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const source = sourceAt()
    await reading(source)
    // Written down at 08:01 by Paris, two hours less one minute before the last reading at 10:00.
    await apogee.run(`update individu set dat_mod_ind = '2026-09-15 08:01:00' where cod_ind = 1;
      update individu set dat_mod_ind = '2026-09-15 07:59:00' where cod_ind = 2`)
    clock.move(hour)
    expect(recordsOf(await reading(source))).toHaveLength(1)
  })

  test('an address has no date: the next whole reading, after four in the morning, finds it', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const source = sourceAt()
    await reading(source)
    await apogee.run(`update adresse set adr_mail = 'new@example.org' where cod_ind = 1`)
    clock.set('2026-09-16T01:59:59.000Z')
    expect(await reading(source)).toMatchObject({ kind: 'delta', rows: 0 })
    clock.set('2026-09-16T02:00:01.000Z')
    const snapshot = await reading(source)
    expect(snapshot.kind).toBe('full')
    expect(recordsOf(snapshot)[0]?.person.fixedAddress).toBe('new@example.org')
    clock.move(hour)
    expect((await reading(source)).kind).toBe('delta')
  })

  test('whoever asks again, and a process that has just begun, has it whole', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const source = sourceAt()
    await reading(source)
    clock.move(hour)
    expect(await source.read({ again: true })).toMatchObject({ kind: 'full' })
    expect(await sourceAt().read()).toMatchObject({ kind: 'full' })
  })

  test('that shows nobody because a right was lost is refused, and not taken for quiet', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const source = sourceAt()
    await reading(source)
    clock.move(hour)
    for (const table of ['individu', 'adresse', 'ins_adm_etp', 'annee_uni']) {
      await apogee.run(`alter table ${table} enable row level security`)
      await expect(source.read()).rejects.toMatchObject({
        code: 'FEED_EMPTY',
        details: { table: table.toUpperCase() },
      })
      await apogee.run(`alter table ${table} disable row level security`)
    }
    expect(await reading(source)).toMatchObject({ kind: 'delta' })
  })

  test('a bad row among a few is no reason to refuse them all', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const source = sourceAt()
    await reading(source)
    await apogee.run(`update individu set dat_mod_ind = '2026-09-15 10:30:00' where cod_ind in (1, 2);
      update ins_adm_etp set eta_iae = 'X' where cod_ind = 1 and cod_anu = '2026'`)
    clock.move(hour)
    const snapshot = await reading(source)
    expect(snapshot.setAside).toHaveLength(1)
    expect(snapshot.students.size).toBe(2)
  })
})

describe('one student', () => {
  test('is read at once, with everything a whole reading has', async () => {
    const people = crowdOfBothYears(20)
    await apogee.fill(people)
    const all = recordsOf(await reading(sourceAt()))
    const number = all[4]?.person.number ?? ''
    expect(await sourceAt().readStudent?.(number)).toEqual({
      takenAt: new Date('2026-09-15T08:00:00.000Z'),
      openYears: ['2026'],
      record: all[4],
    })
    expect(await sourceAt().readStudent?.('29999999')).toMatchObject({ record: null })
  })

  test('of whom no row can be read is refused', async () => {
    const [somebody = enrolled()] = crowdOfBothYears(1)
    await apogee.fill([somebody])
    await apogee.run(`update individu set date_nai_ind = '0001-01-01'`)
    await expect(sourceAt().readStudent?.(somebody.person.number)).rejects.toMatchObject({
      code: 'FEED_TOO_MANY_SET_ASIDE',
    })
  })
})

describe('a reading is refused, with a code of its own', () => {
  test('when the year before is not there, unless there was none', async () => {
    await apogee.fill(crowd(3))
    await expect(sourceAt().read()).rejects.toMatchObject({ code: 'FEED_INCOMPLETE' })
    expect(await sourceAt(undefined, { demandsYearBefore: false }).read()).toMatchObject({ rows: 3 })
  })

  test('when no year is open, unless the settings say which is', async () => {
    await apogee.fill(crowdOfBothYears(3), [])
    await expect(sourceAt().read()).rejects.toMatchObject({ code: 'FEED_EMPTY' })
    expect(await sourceAt(undefined, { openYears: ['2026'] }).read()).toMatchObject({ openYears: ['2026'] })
    await apogee.run(`update annee_uni set eta_anu_iae = 'O', cod_anu = 'XX' where cod_anu = '2026'`)
    await expect(sourceAt().read()).rejects.toMatchObject({ code: 'FEED_MANIFEST' })
  })

  test('when tables or columns are missing: all of them are named', async () => {
    await using bare = await openApogee()
    await bare.fill(crowdOfBothYears(3))
    await bare.run(`alter table ins_adm_etp drop column eta_iae, drop column cod_dip`)
    await expect(sourceAt(bare.url).read()).rejects.toMatchObject({
      code: 'FEED_HEADER',
      details: { missing: ['INS_ADM_ETP.COD_DIP', 'INS_ADM_ETP.ETA_IAE'] },
    })
    await bare.run(
      `drop table adresse; revoke select on annee_uni from public, ${new URL(bare.url).username}`,
    )
    await expect(sourceAt(bare.url).read()).rejects.toMatchObject({
      code: 'FEED_MISSING',
      details: { tables: ['ADRESSE', 'ANNEE_UNI'] },
    })
  })

  test('when a column is of another kind', async () => {
    await using bare = await openApogee()
    await bare.fill(crowdOfBothYears(3))
    await bare.run(`alter table ins_adm_etp alter column dat_cre_iae type text`)
    await expect(sourceAt(bare.url).read()).rejects.toMatchObject({ code: 'FEED_HEADER' })
  })

  test('when nothing answers, when another kind of server does, and when the account is refused', async () => {
    await using server = await startPostgres()
    const at = (url: string) => sourceAt(url).read()
    await expect(at(server.url('nowhere'))).rejects.toMatchObject({ code: 'FEED_DENIED', transient: false })
    await expect(at(server.url('postgres'))).rejects.toMatchObject({ code: 'FEED_MISSING' })
    await server.freeze()
    await expect(at(server.url('postgres'))).rejects.toMatchObject({
      code: 'FEED_UNREACHABLE',
      transient: true,
    })
    await server.thaw()
    await server.stop()
    await expect(at(server.url('postgres'))).rejects.toMatchObject({
      code: 'FEED_UNREACHABLE',
      transient: true,
    })
  })

  test('when it takes too long', async () => {
    await apogee.fill(crowdOfBothYears(3))
    const slow = postgresDatabase({ url: apogee.url, ...limits, statementMs: 200 })
    await apogee.run(`alter table individu rename to people;
      create view individu as select p.* from people p, pg_sleep(2);
      grant select on individu to public`)
    try {
      await expect(sourceAt(undefined, { database: slow }).read()).rejects.toMatchObject({
        code: 'FEED_UNREACHABLE',
        transient: true,
      })
    } finally {
      await apogee.run('drop view individu; alter table people rename to individu')
    }
  })

  test('and an aborted one throws the reason of the signal', async () => {
    await apogee.fill(crowdOfBothYears(3))
    await expect(sourceAt().read({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
    await apogee.run(`alter table individu rename to people;
      create view individu as select p.* from people p, pg_sleep(1);
      grant select on individu to public`)
    try {
      const stopping = new AbortController()
      const read = sourceAt().read({ signal: stopping.signal })
      stopping.abort(new Error('enough'))
      await expect(read).rejects.toThrow('enough')
    } finally {
      await apogee.run('drop view individu; alter table people rename to individu')
    }
  })
})

test('everything read is of one moment, and nothing can be written', async () => {
  await apogee.fill(crowdOfBothYears(40))
  const database = postgresDatabase({ url: apogee.url, ...limits })
  await database.visit([], async ({ query }) => {
    let rows = 0
    for await (const batch of query('select cod_ind from individu', {})) {
      if (rows === 0) await apogee.run('delete from individu')
      rows += batch.rows.length
    }
    expect(rows).toBe(40)
    for await (const batch of query('select count(*) as count from individu', {}))
      expect(batch.rows).toEqual([['40']])
  })
  await apogee.run(`grant insert on annee_uni to public`)
  await expect(
    database.visit([], async ({ query }) => {
      for await (const _ of query(`select 1`, {})) continue
      for await (const _ of query(`select nextval('pg_catalog.pg_class')`, {})) continue
    }),
  ).rejects.toMatchObject({ name: 'IdentityError' })
})

test('the source is told without its password', () => {
  const source = sourceAt('postgres://reader:secret@db.example.org/apogee')
  expect(source.describe()).toBe('postgres db.example.org:5432/apogee')
})

function crowdOfBothYears(size: number): StudentRecord[] {
  return Array.from({ length: size }, () => enrolled(undefined, bothYears))
}

function sorted({ enrolments }: StudentRecord) {
  const key = ({ year, step, stepVersion, occurrence }: Enrolment) =>
    [year, step, stepVersion, occurrence].join()
  return enrolments
    .filter(({ year }) => year >= '2025')
    .sort((one, other) => (key(one) < key(other) ? -1 : 1))
}
