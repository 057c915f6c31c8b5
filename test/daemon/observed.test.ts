import { Writable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { showPlan } from '../../bin/plan.ts'
import { gatherDifferences } from '../../daemon/differences.ts'
import { deliver } from '../../daemon/letter/deliver.ts'
import { pass } from '../../daemon/pass.ts'
import { reconcile } from '../../daemon/reconcile.ts'
import { reportLetters } from '../../daemon/report.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import type { Change } from '../../domain/entry.ts'
import { createLog } from '../../platform/log.ts'
import { loadSettings } from '../../platform/settings.ts'
import { dropOldReports, lastReport } from '../../registry/daily-reports.ts'
import { activate, passwords, settled } from '../run/acts.ts'
import type { DirectoryKind } from '../run/directories.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

const operators = 'exploitation@example.org'

describe.each<DirectoryKind>(['embedded', 'openldap'])('a directory (%s) that is only observed', (kind) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ directories: kind })
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(() => stage.afresh())

  /** The house with upmc observed, and its reports mailed. */
  function observing(more: Partial<Rooms> = {}): Rooms {
    const { rooms } = stage
    const targets = rooms.targets.map((target) =>
      target.name === 'upmc' ? { ...target, mode: 'observe' as const } : target,
    )
    const reports = { to: [operators], sample: 5, keepDays: 90 }
    return { ...rooms, targets, rules: { ...rooms.rules, reports }, ...more }
  }

  const upmcOf = (rooms: Rooms) => {
    const found = rooms.targets.find(({ name }) => name === 'upmc')
    if (found === undefined) throw new Error('there is no upmc')
    return found
  }
  const reported = () => stage.mail.to(operators)

  test('is reported with counts and a sample, without any value, and nothing is written there', async () => {
    const people = crowd(4)
    await settled(stage, people)
    const [one = '', two = '', three = '', four = ''] = people.map(({ person }) => person.number)
    const upmc = stage.directory('upmc')
    await upmc.modify(one, { sn: ['Spoilt'], userPassword: ['{SSHA}dGhlaXJz'] })
    await upmc.modify(two, { sn: ['Broken'] })
    await upmc.remove(`uid=${three},${upmc.profile.base}`)
    const before = JSON.stringify(await Promise.all([one, two, three, four].map((each) => upmc.entry(each))))
    const lines: string[] = []
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString())
        done()
      },
    })
    const rooms = observing({ log: createLog({ level: 'info', destination }) })
    await reconcile(rooms, upmcOf(rooms))
    await deliver(rooms, 100)

    const after = JSON.stringify(await Promise.all([one, two, three, four].map((each) => upmc.entry(each))))
    expect(after).toBe(before)
    const [letter, ...more] = reported()
    expect(more).toEqual([])
    expect(letter?.subject).toBe('Écarts constatés le 15/09/2026 : upmc')
    for (const line of [
      'entrées à créer : 1',
      'entrées à modifier : 2',
      'entrées à renommer : 0',
      'entrées à retirer : 0',
      "entrées changées par d'autres : 3",
      'dont la réparation serait retenue : 0',
      '- sn : 2',
      '- userPassword : 1',
      `- ${two} : à modifier, sn`,
      `- ${three} : à créer`,
    ])
      expect(letter?.text).toContain(line)
    expect(letter?.text).not.toContain(four)
    const told = [letter?.text, letter?.subject, ...lines].join('\n')
    expect(told).not.toMatch(/Spoilt|Broken|Lovelace|\{SSHA|\{ARGON2|undefined/)
    expect(told).not.toContain(passwords.first)
    const line = lines.map((each) => JSON.parse(each) as { event: string }).filter(isReportLine)
    expect(line).toEqual([
      expect.objectContaining({ target: 'upmc', day: '2026-09-15', add: 1, modify: 2, drifted: 3, held: 0 }),
    ])
  })

  test('is reported once a day of Paris, after a restart and by a second daemon too', async () => {
    await settled(stage, [enrolled(freshNumber())])
    const [first, second] = [observing(), observing()]
    stage.clock.set('2026-09-15T20:00:00Z')
    await Promise.all([reconcile(first, upmcOf(first)), reconcile(second, upmcOf(second))])
    const restarted = observing()
    await reconcile(restarted, upmcOf(restarted))
    await deliver(first, 100)
    expect(reported()).toHaveLength(1)
    // Ten at night and midnight in Paris.
    stage.clock.set('2026-09-15T22:00:00Z')
    await reconcile(second, upmcOf(second))
    await reconcile(first, upmcOf(first))
    await deliver(first, 100)
    expect(reported().map(({ subject }) => subject)).toEqual([
      'Écarts constatés le 15/09/2026 : upmc',
      'Écarts constatés le 16/09/2026 : upmc',
    ])
  })

  test('and cannot be read is reported when it can be, the same day', async () => {
    await settled(stage, [enrolled(freshNumber())])
    const rooms = observing()
    const upmc = stage.directory('upmc')
    upmc.wire.cut()
    await reconcile(rooms, upmcOf(rooms))
    expect(await lastReport(rooms.registry.db, 'upmc')).toBeNull()
    upmc.wire.mend()
    await reconcile(rooms, upmcOf(rooms))
    expect(await lastReport(rooms.registry.db, 'upmc')).toMatchObject({ day: '2026-09-15' })
  })

  test('and has strangers in the way, and much changed by others, tells the conflicts and what would be held', async () => {
    const people = crowd(3)
    await settled(stage, people)
    const upmc = stage.directory('upmc')
    for (const { person } of people) await upmc.modify(person.number, { sn: ['Spoilt'] })
    const number = freshNumber()
    await upmc.add(`uid=${number},${upmc.profile.base}`, {
      objectClass: ['inetOrgPerson'],
      uid: [number],
      cn: ['Somebody Else'],
      sn: ['Else'],
    })
    const { rules } = observing()
    const brakes = { ...rules.brakes, maxRemovals: 2 }
    const rooms = observing({ rules: { ...rules, brakes } })
    await stage.drop([...people, enrolled(number)])
    const written = { ...rooms, targets: rooms.targets.filter(({ mode }) => mode === 'write') }
    await pass(written)
    await activate({ ...stage, rooms: written }, number)
    await pass(rooms)
    expect(await lastReport(rooms.registry.db, 'upmc')).toMatchObject({
      differences: { add: 0, modify: 3, drifted: 3, held: 3, conflicts: 1, attributes: { sn: 3 } },
    })
    expect(await upmc.entry(number)).toMatchObject({ cn: 'Somebody Else' })
  })

  test('is shown by plan beside its last report; one that is written has none', async () => {
    await settled(stage, [enrolled(freshNumber())])
    const rooms = observing()
    await pass(rooms)
    const { text, data } = await showPlan.run(
      { settings: loadSettings({ env: {} }), rooms, daemon: null },
      {},
    )
    expect(text).toContain('upmc (only observed): 0 to add')
    expect(text).toContain('upmc, report of 2026-09-15: 0 to add, 0 to modify')
    expect(text).not.toContain('primary, report')
    expect((data as { reports: unknown[] }).reports).toHaveLength(1)
    expect(await lastReport(rooms.registry.db, 'primary')).toBeNull()
  })

  test('has no report any more once it is older than it is kept', async () => {
    const rooms = observing()
    await reconcile(rooms, upmcOf(rooms))
    await dropOldReports(rooms.registry.db, '2026-09-15')
    expect(await lastReport(rooms.registry.db, 'upmc')).not.toBeNull()
    await dropOldReports(rooms.registry.db, '2026-09-16')
    expect(await lastReport(rooms.registry.db, 'upmc')).toBeNull()
  })

  test('letters that are only observed are counted each day for those who operate, and for nobody else', async () => {
    const [due, other] = [freshNumber(), freshNumber()]
    await stage.drop([enrolled(due), enrolled(other)])
    await pass(stage.rooms)
    const { rules } = observing()
    const rooms = observing({ rules: { ...rules, letters: { ...rules.letters, mode: 'observe' } } })
    await reportLetters(rooms)
    await reportLetters(rooms)
    await deliver(rooms, 100)
    await deliver(rooms, 100)
    expect(stage.mail.received).toHaveLength(1)
    const [letter] = reported()
    expect(letter?.subject).toBe('Courriels écrits et non envoyés, le 15/09/2026')
    expect(letter?.text).toContain('courriels dus maintenant : 2')
    expect(letter?.text).toContain('- invitation : 2')
    await reportLetters(stage.rooms)
    expect(await lastReport(rooms.registry.db, null)).toMatchObject({ differences: { due: 2, later: 0 } })
  })
})

const isReportLine = ({ event }: { event: string }) => event === 'differences-reported'

test('a sample names so many as it may, what takes away first, and counts say the same without it', () => {
  const kinds = fc.array(fc.constantFrom<Change['kind']>('remove', 'rename', 'modify', 'add'))
  fc.assert(
    fc.property(kinds, fc.nat(5), (found, most) => {
      const [some, none] = [gatherDifferences(most), gatherDifferences(0)]
      for (const [place, kind] of found.entries())
        for (const each of [some, none]) each.differs(String(place), [changeOf(kind)])
      const { sample, ...counts } = some.counted()
      expect(none.counted()).toEqual({ ...counts, sample: [] })
      expect(sample).toHaveLength(Math.min(most, found.length))
      if (most > 0 && found.includes('remove')) expect(sample[0]?.kind).toBe('remove')
      expect(counts.add + counts.modify + counts.rename + counts.remove).toBe(found.length)
    }),
  )
})

function changeOf(kind: Change['kind']): Change {
  const [id, dn] = ['1', 'uid=1']
  if (kind === 'add') return { kind, id, dn, attributes: { sn: ['Secret'] } }
  if (kind === 'rename') return { kind, id, dn, to: 'uid=2' }
  return kind === 'remove' ? { kind, id, dn } : { kind, id, dn, replace: { sn: ['Secret'] } }
}
