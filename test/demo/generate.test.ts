import { readdir } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDrop } from '../../daemon/source/drop.ts'
import { feedEncodings } from '../../daemon/source/manifest.ts'
import { encoderOf } from '../../demo/generate-encoding.ts'
import { generateUniversity, openYearOn, writeDrop } from '../../demo/generate.ts'
import { addressState, effectiveAddress } from '../../domain/address.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { refusal, temporaryFolder } from '../daemon/source-drops.ts'

const today = '2026-09-14'
const facts = { snapshot: 7, takenAt: new Date('2026-09-14T20:00:00Z'), openYears: ['2026'] }
const crowd = generateUniversity({ students: 5000, seed: 'crowd', today })
const own = ['etu.sorbonne-universite.fr']

const addressOf = ({ person }: StudentRecord) => effectiveAddress(person)
const byNumber = new Map(crowd.map((record) => [record.person.number, record]))
function known(number: string): StudentRecord {
  const record = byNumber.get(number)
  if (record === undefined) throw new Error(`${number} is not there`)
  return record
}

describe('a university', () => {
  test('is the same for the same seed and day, and another for another', () => {
    const again = generateUniversity({ students: 5000, seed: 'crowd', today })
    expect(again).toEqual(crowd)
    expect(generateUniversity({ students: 50, seed: 'other', today })[30]).not.toEqual(crowd[30])
  })

  test('is the beginning of a larger one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (students) => {
        expect(generateUniversity({ students, seed: 'crowd', today })).toEqual(crowd.slice(0, students))
      }),
      { numRuns: 20 },
    )
  })

  test.each([0, -1, 1.5, 1_000_001])('of %d students is refused', (students) => {
    expect(() => generateUniversity({ students, seed: '', today })).toThrow(/from 1 to 1000000/)
  })

  test('has nothing later than its day', () => {
    for (const day of ['2026-07-01', '2026-07-02', '2026-09-14', '2027-06-30']) {
      const records = generateUniversity({ students: 300, seed: 'days', today: day })
      const times = records.flatMap(({ enrolments }) =>
        enrolments.flatMap(({ createdAt, modifiedAt, cancelledAt }) => [createdAt, modifiedAt, cancelledAt]),
      )
      expect(times.filter((time) => time !== null && time > `${day}T05:00:00.000Z`)).toEqual([])
      expect(records[0]?.enrolments[0]?.year).toBe('2026')
    }
  })

  test('opens its year in July', () => {
    expect(['2026-06-30', '2026-07-01', '2027-01-15'].map(openYearOn)).toEqual(['2025', '2026', '2026'])
  })

  test('gives no number twice, all of 7 or 8 digits', () => {
    expect(byNumber.size).toBe(crowd.length)
    expect([...byNumber.keys()].filter((number) => !/^\d{7,8}$/.test(number))).toEqual([])
    for (const start of [/^3\d{6}$/, /^287\d{5}$/, /^211\d{5}$/, /^261\d{5}$/]) {
      expect([...byNumber.keys()].some((number) => start.test(number))).toBe(true)
    }
  })

  test('writes only to example domains, its own domain apart', () => {
    const states = crowd.map(
      (record) => [addressState(addressOf(record), own), addressOf(record) ?? ''] as const,
    )
    for (const [state, address] of states) {
      if (state === 'usable') expect(address).toMatch(/@example\.(org|net|com)$/)
    }
    const counted = Object.groupBy(states, ([state]) => state)
    expect(counted.usable?.length).toBeGreaterThan(4700)
    for (const state of ['missing', 'invalid', 'institutional'] as const)
      expect(counted[state]?.length).toBeGreaterThan(5)
  })

  test('has the mix of a real one', () => {
    const has = (is: (record: StudentRecord) => boolean, least: number) =>
      expect(crowd.filter(is).length, is.toString()).toBeGreaterThanOrEqual(least)
    const states = (record: StudentRecord, year: string) =>
      record.enrolments
        .filter((enrolment) => enrolment.year === year)
        .map(({ state }) => state)
        .join('')

    has((record) => record.person.firstYear === '2026' && states(record, '2026') === 'E', 800)
    has((record) => states(record, '2025') === 'E' && states(record, '2026').startsWith('E'), 1500)
    has((record) => states(record, '2025') === '' && Number(record.person.firstYear) < 2025, 50)
    has((record) => states(record, '2025') === 'E' && states(record, '2026') === '', 300)
    for (const state of ['A', 'R', 'C']) has((record) => states(record, '2026') === state, 10)
    has((record) => states(record, '2026') === 'EE', 30)
    has((record) => states(record, '2026') === 'AE', 30)
    has(({ enrolments }) => enrolments.some(({ state, payment }) => state === 'E' && payment === 'A'), 100)
    has(({ person }) => person.usageName !== null && person.sex === 'F', 50)
    has(({ person }) => person.usageName !== null && person.sex === 'M', 5)
    has(({ person }) => person.firstName === null, 3)
    has(({ person }) => person.ine === null, 100)
    has(({ person }) => /^(DE|DE LA|LE|DU) |^D'/.test(person.birthName), 50)
    has(({ person }) => /[ŒŸ]/.test(person.birthName), 3)
    has(({ person }) => /[ÉÈËÏ]/.test(person.firstName ?? ''), 100)
    const repeated = (key: (record: StudentRecord) => string | null, least: number) => {
      const counts = Map.groupBy(
        crowd.filter((record) => key(record) !== null),
        key,
      )
      expect(
        [...counts.values()].filter(({ length }) => length > 1).length,
        key.toString(),
      ).toBeGreaterThanOrEqual(least)
    }
    repeated(({ person }) => `${person.birthName} ${person.firstName ?? ''}`, 30)
    repeated(({ person }) => `${person.birthName} ${person.firstName ?? ''} ${person.birthDate ?? ''}`, 2)
    repeated(({ person }) => person.ine, 1)
    repeated(addressOf, 10)
  })

  test('keeps names within the columns of Apogée', () => {
    for (const { person } of crowd) {
      expect(person.birthName.length).toBeLessThanOrEqual(30)
      expect(person.firstName?.length ?? 0).toBeLessThanOrEqual(20)
      expect(person.birthName).toBe(person.birthName.toUpperCase())
      if (person.ine !== null) expect(person.ine).toMatch(/^[0-9A-Z]{11}$/)
    }
  })
})

describe('the well-known students', () => {
  test('begin with Ada Lovelace', () => {
    expect(generateUniversity({ students: 1, seed: 'any', today })).toMatchObject([
      {
        person: {
          number: '21100001',
          birthName: 'LOVELACE',
          firstName: 'ADA',
          birthDate: '2007-12-10',
          fixedAddress: 'ada@example.org',
          firstYear: '2026',
        },
        enrolments: [{ year: '2026', state: 'E', component: 'SCI' }],
      },
    ])
  })

  test('are each as hard as they are said to be', () => {
    expect(addressOf(known('21100002'))).toBe(addressOf(known('21100003')))
    const states = ['21100004', '21100005', '21100006'].map((number) =>
      addressState(addressOf(known(number)), own),
    )
    expect(states).toEqual(['missing', 'invalid', 'institutional'])
    expect(known('21100007').enrolments).toMatchObject([
      { state: 'A', cancelledAt: expect.any(String) as string },
    ])
    expect(known('21100008').person).toMatchObject({
      birthName: 'LOVELACE',
      firstName: 'ADA',
      birthDate: '2005-02-28',
    })
    expect(known('21100009').person.birthName).toBe("D'ORNANO-LE GOFF DE LA ROCHE-L")
    expect(known('21100010').person.firstName).toBe('ÉLÉONORE')
    expect(known('21100011').person.birthName).toMatch(/Œ.*Ÿ/)
    expect(known('21100012').person.firstName).toBeNull()
    expect(known('21100013').person).toMatchObject({
      birthName: 'PETIT',
      usageName: 'BERNARD',
      chosenFirstName: 'CAMILLE',
    })
    expect(known('21100014').enrolments).toMatchObject([{ state: 'E', payment: 'A' }])
    expect(known('21100015').enrolments).toMatchObject([
      { component: 'SCI', main: true },
      { component: 'LET', main: false },
    ])
    expect(known('21100016')).toMatchObject({ person: { firstYear: '2007' }, enrolments: [{ year: '2026' }] })
    expect(known('21100017').enrolments).toMatchObject([{ year: '2025', state: 'E' }])
    expect(known('21100018').enrolments).toMatchObject([{ year: '2025' }, { year: '2026', state: 'R' }])
    expect(known('21100019').enrolments).toMatchObject([{ state: 'C' }])
    const [one, other] = [known('21100010').person, known('21100020').person]
    expect([other.birthName, other.firstName, other.birthDate]).toEqual([
      one.birthName,
      one.firstName,
      one.birthDate,
    ])
  })
})

describe('a written drop', () => {
  test.each(['UTF-8', 'ISO-8859-15', 'Windows-1252'] as const)(
    'in %s reads back as the same records',
    async (encoding) => {
      await using folder = await temporaryFolder()
      await writeDrop(folder.path, crowd, { ...facts, encoding })
      const snapshot = await readDrop(folder.path)
      expect([...snapshot.students.values()]).toEqual(crowd)
      expect(snapshot).toMatchObject({
        number: 7,
        kind: 'full',
        openYears: ['2026'],
        takenAt: facts.takenAt,
        setAside: [],
      })
    },
  )

  test('in ISO-8859-1 loses the œ and nobody', async () => {
    await using folder = await temporaryFolder()
    await writeDrop(folder.path, crowd.slice(0, 20), { ...facts, encoding: 'ISO-8859-1' })
    const snapshot = await readDrop(folder.path)
    const students = new Map([...snapshot.students.values()].map((each) => [each.person.number, each]))
    expect(students.get('21100011')?.person.birthName).toBe("COEURDEROY-L'HAY")
    expect(students.get('21100010')?.person.firstName).toBe('ÉLÉONORE')
  })

  test('leaves its three files and nothing else, also when written over another', async () => {
    await using folder = await temporaryFolder()
    await writeDrop(folder.path, crowd.slice(0, 30), facts)
    await writeDrop(folder.path, crowd.slice(0, 25), { ...facts, snapshot: 8, kind: 'delta' })
    expect((await readdir(folder.path)).sort()).toEqual([
      'individus.csv',
      'inscriptions.csv',
      'manifest.json',
    ])
    expect(await readDrop(folder.path)).toMatchObject({ number: 8, kind: 'delta', students: { size: 25 } })
  })

  test('of Ada alone is refused, since nobody was there last year', async () => {
    await using folder = await temporaryFolder()
    await writeDrop(folder.path, crowd.slice(0, 1), facts)
    expect(await refusal(readDrop(folder.path))).toMatchObject({ code: 'FEED_INCOMPLETE' })
    expect((await readDrop(folder.path, { firstYear: '2026' })).students.size).toBe(1)
  })

  // A blank cell is an absent one, and nothing may hold a NUL.
  const oddText = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  const separators = fc.string({
    unit: fc.constantFrom(';', '"', '\r', '\n', ' ', "'", 'é', 'Œ', '\\', '\uFEFF'),
    minLength: 1,
  })
  const cell = fc.oneof(oddText, separators).filter((text) => text.trim() !== '' && !text.includes('\0'))

  test.each(feedEncodings)('in %s gives back any text the encoding has', async (encoding) => {
    await using folder = await temporaryFolder()
    const { representable } = encoderOf(encoding)
    const had = cell.map(representable).filter((text) => text.trim() !== '')
    await fc.assert(
      fc.asyncProperty(had, had, had, fc.option(had), async (name, firstName, fixedAddress, usageName) => {
        const ada = crowd[0] as StudentRecord
        // Of one name alone chance makes what UTF-8 allows too, and then another encoding is not believed.
        const birthName = `É ${name}`
        const records = [{ ...ada, person: { ...ada.person, birthName, firstName, fixedAddress, usageName } }]
        await writeDrop(folder.path, records, { ...facts, encoding })
        const { students } = await readDrop(folder.path, { firstYear: '2026' })
        expect([...students.values()]).toEqual(records)
      }),
      { numRuns: 100 },
    )
  })

  test.each(feedEncodings)('in %s writes nothing that the encoding has not', (encoding) => {
    const { representable, bytes } = encoderOf(encoding)
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = representable(text)
        expect(decoder.decode(bytes(written))).toBe(written)
        expect(representable(written)).toBe(written)
      }),
    )
  })
})
