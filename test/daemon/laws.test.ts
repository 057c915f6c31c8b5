import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newAddress } from '../../bin/new-address.ts'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import type { Enrolment, EnrolmentState, StudentRecord } from '../../domain/person.ts'
import { rightOf } from '../../domain/right.ts'
import { loadSettings } from '../../platform/settings.ts'
import { studentOf } from '../../registry/students.ts'
import { activate, approveAll, keyFor, passOver, settleAll } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolment, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const years = { open: ['2026'], grace: ['2025'] }
const states: readonly EnrolmentState[] = ['E']

/** What is said of one student, each fact with the snapshots that say it: one of them at least. */
const anyStudent = (snapshots: number) =>
  fc.uniqueArray(
    fc.record({
      year: fc.constantFrom('2024', '2025', '2026'),
      step: fc.constantFrom('L1MATH', 'L2MATH', 'M1DROIT'),
      state: fc.constantFrom<EnrolmentState[]>('E', 'A', 'R', 'C'),
      payment: fc.constantFrom(null, 'P', 'A'),
      said: fc.subarray(
        Array.from({ length: snapshots }, (_, index) => index),
        { minLength: 1 },
      ),
    }),
    { selector: ({ year, step }) => `${year} ${step}`, minLength: 1, maxLength: 5 },
  )

const anyTelling = fc.integer({ min: 1, max: 4 }).chain((snapshots) =>
  fc.record({
    students: fc.array(anyStudent(snapshots), { minLength: 6, maxLength: 6 }),
    kinds: fc.array(fc.constantFrom('full' as const, 'delta' as const), {
      minLength: snapshots,
      maxLength: snapshots,
    }),
    judged: fc.array(fc.boolean(), { minLength: snapshots, maxLength: snapshots }),
  }),
)

test('the right depends on what was said alone, in whatever order and however split into snapshots', async () => {
  await fc.assert(
    fc.asyncProperty(anyTelling, async ({ students, kinds, judged }) => {
      await stage.afresh()
      const numbered = students.map((facts, index) => ({ number: String(21_600_001 + index), facts }))
      const told = (snapshot: number): StudentRecord[] =>
        numbered.flatMap(({ number, facts }) => {
          const enrolments = facts
            .filter(({ said }) => said.includes(snapshot))
            .map((fact) => asEnrolment(number, fact))
          return enrolments.length === 0 ? [] : [{ person: person(number), enrolments }]
        })
      for (const [snapshot, kind] of kinds.entries()) {
        stage.clock.move(hour)
        const said = told(snapshot)
        const reading = await read({ ...stage.rooms, source: sourceOf(snapshot + 1, kind, said) })
        expect(reading.state).toBe('accepted')
        if (judged[snapshot] === true) await judge(stage.rooms)
      }
      await judge(stage.rooms)
      for (const { number, facts } of numbered) {
        const {
          kind,
          years: from,
          reason,
        } = rightOf(
          facts.map((fact) => asEnrolment(number, fact)),
          years,
          states,
        )
        const account = (await studentOf(stage.rooms.registry.db, number))?.account
        expect(account).toMatchObject({ right_kind: kind, right_years: from, right_reason: reason })
      }
    }),
    { numRuns: 20 },
  )
}, 120_000)

function asEnrolment(
  number: string,
  { year, step, state, payment }: Pick<Enrolment, 'year' | 'step' | 'state' | 'payment'>,
) {
  return enrolment(number, { year, step, state, payment })
}

function sourceOf(number: number, kind: 'full' | 'delta', records: readonly StudentRecord[]) {
  return {
    read: () =>
      Promise.resolve({
        number,
        takenAt: stage.clock.now(),
        kind,
        openYears: ['2026'],
        digest: `telling ${number} ${String(stage.clock.now().getTime())}`,
        students: new Map(records.map((record) => [record.person.number, record])),
        setAside: [],
        rows: records.length,
      }),
    describe: () => 'a telling',
  }
}

/** What may befall five people of two names. */
const anyEvent = fc.record({
  who: fc.nat(4),
  what: fc.constantFrom(
    'activate',
    'activate',
    'activate',
    'enrol',
    'cancel',
    'rename',
    'readdress',
    'wait 100 days',
    'wait 400 days',
  ),
})

test('no history gives one login or one address to two people', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 8, maxLength: 14 }), async (events) => {
      await stage.afresh()
      // For ever an open year: lives end by cancelling here, and the calendar stays out of it.
      const rooms = stage.under({ years: { ...stage.rooms.rules.years, open: ['2026'] } })
      const there: Stage = { ...stage, rooms }
      const people: { number: string; name: string; state: EnrolmentState }[] = Array.from(
        { length: 5 },
        (_, index) => ({
          // Never those of the history before: to the daemon they would be the same students.
          number: freshNumber(),
          name: index % 2 === 0 ? 'MARTIN' : 'BERNARD',
          state: 'E',
        }),
      )
      const bearers = new Map<string, string>()
      const look = async () => {
        const accounts = await rooms.registry.db.selectFrom('account').select(['number', 'mail']).execute()
        const entries = await Promise.all(
          people.map(async ({ number }) => ({
            number,
            entry: await stage.directory('primary').entry(number),
          })),
        )
        const seen = [
          ...accounts.map(({ number, mail }) => [mail, number] as const),
          ...entries.flatMap(({ number, entry }) =>
            [entry?.['mail'], entry?.['supannAutreMail']].flat().map((mail) => [mail, number] as const),
          ),
        ]
        for (const [mail, number] of seen) {
          if (typeof mail !== 'string') continue
          expect(bearers.get(mail) ?? number, mail).toBe(number)
          bearers.set(mail, number)
        }
        for (const { number, entry } of entries) if (entry !== null) expect(entry['uid']).toBe(number)
      }
      for (const { who, what } of events) {
        const one = people[who]
        if (one === undefined) continue
        stage.clock.move(minute)
        if (what === 'enrol') one.state = 'E'
        if (what === 'cancel') one.state = 'A'
        if (what === 'rename') one.name = one.name === 'MARTIN' ? 'BERNARD' : 'MARTIN'
        if (what.startsWith('wait')) stage.clock.move(Number(what.split(' ')[1]) * day)
        const records = people.map(({ number, name, state }) => ({
          person: person(number, { birthName: name, firstName: 'ADA' }),
          enrolments: [enrolment(number, { state })],
        }))
        await passOver(there, records)
        await approveAll(there)
        await pass(rooms)
        if (what === 'activate' && one.state === 'E' && (await waits(one.number)))
          await activate(there, one.number)
        if (what === 'readdress')
          await newAddress
            .run({ settings: loadSettings({ env: {} }), rooms, daemon: null }, { number: one.number })
            .catch(() => undefined)
        await settleAll(there)
        await look()
      }
    }),
    { numRuns: 6 },
  )
}, 300_000)

async function waits(number: string): Promise<boolean> {
  return keyFor(stage, number).then(
    () => true,
    () => false,
  )
}
