import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { csvOf } from '../../daemon/letter/faculty-list.ts'
import { mergesIn } from '../../daemon/merges.ts'
import { pass } from '../../daemon/pass.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { listed } from '../../registry/lists.ts'
import { studentOf } from '../../registry/students.ts'
import { approveAll, keyFor, passOver, passwords, settled } from '../run/acts.ts'
import { day } from '../run/moved-clock.ts'
import { crowd, enrolled, enrolment, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const others = () => crowd(3)
const accountOf = async (number: string) => (await studentOf(stage.rooms.registry.db, number))?.account
const waiting = () => waitingHolds(stage.rooms.registry.db)

describe('whoever the record does not show any more', () => {
  /** The same snapshot again and again, a day apart. */
  async function days(count: number, records: Parameters<typeof passOver>[1]): Promise<void> {
    for (let each = 0; each < count; each++) {
      stage.clock.move(day)
      await passOver(stage, records)
    }
  }

  test('keeps everything for 14 days and 3 snapshots, is told then, and still keeps everything', async () => {
    const [gone, rest] = [enrolled(), others()]
    const { number } = gone.person
    await settled(stage, [gone, ...rest])
    await days(14, rest)
    expect(await waiting()).toEqual([])
    await days(2, rest)
    expect(await waiting()).toMatchObject([{ kind: 'vanished', members: 1 }])
    expect(await listed(stage.rooms.registry.db, 'vanished')).toMatchObject([{ number, component: 'SCI' }])
    await days(60, rest)
    expect((await accountOf(number))?.state).toBe('active')
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  }, 120_000)

  test('is not told after 20 days in which the source was silent', async () => {
    const [gone, rest] = [enrolled(), others()]
    await settled(stage, [gone, ...rest])
    await days(2, rest)
    stage.clock.move(20 * day)
    await pass(stage.rooms)
    expect(await waiting()).toEqual([])
  })

  test('loses the right once a person has agreed, and has it again once the record shows it again', async () => {
    const [gone, rest] = [enrolled(), others()]
    const { number } = gone.person
    await settled(stage, [gone, ...rest])
    await days(17, rest)
    expect(await approveAll(stage)).toBe(1)
    await days(1, rest)
    expect(await accountOf(number)).toMatchObject({ state: 'suspended', right_reason: 'VANISHED' })
    expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
    await days(3, rest)
    expect((await accountOf(number))?.state).toBe('suspended')
    await days(1, [gone, ...rest])
    expect((await accountOf(number))?.state).toBe('active')
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  })

  test('is looked at likewise when only the enrolment is gone, and not when another stands', async () => {
    const [number, twice] = [freshNumber(), freshNumber()]
    const steps = (of: string) => ['L1', 'DU'].map((step) => enrolment(of, { step }))
    const rest = others()
    const whole = [
      { person: person(number), enrolments: steps(number) },
      { person: person(twice), enrolments: steps(twice) },
    ]
    await settled(stage, [...whole, ...rest])
    const less = [
      { person: person(number), enrolments: [enrolment(number, { year: '2024' })] },
      { person: person(twice), enrolments: steps(twice).slice(1) },
    ]
    await days(17, [...less, ...rest])
    expect(await waiting()).toMatchObject([{ kind: 'vanished', members: 1 }])
    await approveAll(stage)
    await days(1, [...less, ...rest])
    expect((await accountOf(number))?.state).toBe('suspended')
    expect((await accountOf(twice))?.state).toBe('active')
  })

  test('who is back before anybody agreed is not told any more, and an approval of old takes nothing', async () => {
    const [gone, rest] = [enrolled(), others()]
    await settled(stage, [gone, ...rest])
    await days(17, rest)
    await approveAll(stage)
    await days(1, [gone, ...rest])
    expect((await accountOf(gone.person.number))?.state).toBe('active')
    expect(await waiting()).toEqual([])
  })
})

describe('two numbers of one human being', () => {
  const twins = () => {
    const [old, into] = [freshNumber(), freshNumber()]
    const facts = {
      ine: '123456789AB',
      firstName: 'ADA',
      birthDate: '2006-12-10',
      fixedAddress: 'ada@example.org',
    }
    return { old, into, records: [enrolled(old, facts), enrolled(into, facts)] }
  }
  async function merging(text: string): Promise<Rooms> {
    const mergesPath = join(stage.folder, 'merges.csv')
    await writeFile(mergesPath, text)
    return stage.under({ mergesPath })
  }

  test('are listed as probable duplicates, by INE or by name and day of birth, until one is the other', async () => {
    const { old, into, records } = twins()
    const [third, fourth] = [freshNumber(), freshNumber()]
    const same = { birthName: 'HOPPER', firstName: 'GRACE', birthDate: '2005-12-09' }
    await passOver(stage, [
      ...records,
      enrolled(third, same),
      enrolled(fourth, { ...same, birthName: 'Hopper' }),
    ])
    const rows = await listed(stage.rooms.registry.db, 'duplicates')
    expect(rows.map(({ number, other }) => [number, other])).toEqual([
      [old, into],
      [into, old],
      [third, fourth],
      [fourth, third],
    ])
    expect(csvOf('duplicates', rows).split('\n')[0]).toBe(
      'component;component_label;number;family_name;first_name;birth_date;ine;other',
    )
    await pass(await merging(`OLD;NEW\n${old};${into}\n`))
    expect(await listed(stage.rooms.registry.db, 'duplicates')).toHaveLength(2)
  })

  test('once merged, the old one ends, the new one has the address to itself, and its key is mailed', async () => {
    const { old, into, records } = twins()
    await passOver(stage, records)
    expect((await studentOf(stage.rooms.registry.db, into))?.person.address_shared).toBe(true)
    const rooms = await merging(`OLD;NEW\r\n${old};${into}\r\n`)
    await pass(rooms)
    expect(await accountOf(old)).toMatchObject({ right_kind: 'none', right_reason: 'MERGED' })
    expect((await studentOf(rooms.registry.db, into))?.person.address_shared).toBe(false)
    expect(await keyFor(stage, into)).toMatch(/^[A-Z2-9]{12}$/)
  })

  test('the old account, if it was active, is suspended; a line taken out gives it back as it was', async () => {
    const [old, into] = [enrolled(), enrolled()]
    await settled(stage, [old, into])
    await pass(await merging(`OLD;NEW\n${old.person.number};${into.person.number}\n`))
    expect(await stage.bind(old.person.number, passwords.first)).toEqual([false, false, false])
    expect(await stage.bind(into.person.number, passwords.first)).toEqual([true, true, true])
    await pass(await merging('OLD;NEW\n'))
    expect(await stage.bind(old.person.number, passwords.first)).toEqual([true, true, true])
  })

  test('a number that nobody has merges nobody, and a file that is none changes nothing', async () => {
    const [old, into] = [enrolled(), enrolled()]
    await settled(stage, [old, into])
    await pass(await merging(`OLD;NEW\n${old.person.number};29999999\n`))
    expect((await accountOf(old.person.number))?.state).toBe('active')
    await pass(await merging(`OLD;NEW\n${old.person.number};${into.person.number}\n`))
    for (const text of ['', 'garbage', `${old.person.number};${into.person.number}\n`, 'OLD;NEW\n1;2\n']) {
      await pass(await merging(text))
      expect((await accountOf(old.person.number))?.state).toBe('suspended')
    }
  })

  test.each([
    ['OLD;NEW\n21100001;21100001\n', 'line 2'],
    ['OLD;NEW\n21100001;21100002\n21100001;21100003\n', 'line 3'],
    ['OLD;NEW\n21100001;21100002\n21100002;21100001\n', 'circle'],
    ['OLD;NEW\n21100001;21100002;21100003\n', 'line 2'],
    ['OLD;NEW\nABC;21100002\n', 'line 2'],
    ['NEW;OLD\n', 'OLD;NEW'],
    ['OLD;NEW\n"21100001;21100002\n', 'semicolons'],
  ])('%j is refused with its reason', (text, reason) => {
    expect(() => mergesIn(text)).toThrow(reason)
  })
})

test('every list is a table that a registrar can open, formulas told as text', async () => {
  const numbers = [freshNumber(), freshNumber(), freshNumber()]
  const [one = '', two = '', three = ''] = numbers
  await passOver(stage, [
    enrolled(one, { fixedAddress: null }),
    enrolled(two, { fixedAddress: '=cmd|x' }),
    enrolled(three, { fixedAddress: 'ada@etu.sorbonne-universite.fr' }),
  ])
  const rows = await listed(stage.rooms.registry.db, 'invalid-addresses')
  expect(rows.map(({ number, state }) => [number, state])).toEqual([
    [one, 'missing'],
    [two, 'invalid'],
    [three, 'institutional'],
  ])
  expect(csvOf('invalid-addresses', rows)).toContain("'=cmd|x")
  expect(await listed(stage.rooms.registry.db, 'set-aside')).toEqual([])
})
