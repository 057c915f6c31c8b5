import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { adopt } from '../../daemon/adopt.ts'
import { pass } from '../../daemon/pass.ts'
import { readMark } from '../../registry/standings.ts'
import { approveAll, passOver, settleAll, standings } from '../run/acts.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ mailboxes: true })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const domain = 'etu.sorbonne-universite.fr'
const forward = 'zimbraPrefMailForwardingAddress'

/** An entry of the primary directory and a mailbox that stood there before us. */
async function standing(number: string, name: string, box: Record<string, string>): Promise<void> {
  const primary = stage.directory('primary')
  await primary.add(`uid=${number},${primary.profile.base}`, {
    objectClass: ['inetOrgPerson', 'supannPerson'],
    uid: [number],
    cn: [`Ada ${name}`],
    sn: [name],
    givenName: ['Ada'],
    mail: [`ada.${name}@${domain}`],
    // A domain that Zimbra does not have: it stays what the directory says.
    supannAutreMail: [`ada.${name}@etu.upmc.fr`],
  })
  const attributes = { givenName: 'Ada', sn: name, ...box }
  stage.zimbra.domain.create(
    `ada.${name}@${domain}`,
    new Map(Object.entries(attributes).map(([key, value]) => [key, [value]])),
  )
}

const box = (name: string) => stage.zimbra.account(`ada.${name}@${domain}`)
const forwardsTo = (name: string) => box(name)?.attributes.get(forward)?.[0] ?? null

test('a mailbox that stood there before us is the student’s, and forwards as it did', async () => {
  const [quiet, forwarding, other] = [freshNumber(), freshNumber(), freshNumber()]
  const record = [
    enrolled(quiet, { firstName: 'ADA', birthName: 'QUIET' }),
    enrolled(forwarding, { firstName: 'ADA', birthName: 'FORWARDING' }),
    enrolled(other, { firstName: 'ADA', birthName: 'OTHER' }),
  ]
  await standing(quiet, 'quiet', { zimbraNotes: 'kept' })
  await standing(forwarding, 'forwarding', {
    [forward]: 'ailleurs@example.com',
    zimbraPrefMailLocalDeliveryDisabled: 'TRUE',
  })
  // The same address, and somebody else's by name.
  await standing(other, 'other', { givenName: 'Grace', sn: 'Hopper' })
  stage.zimbra.domain.create(`scolarite@${domain}`, new Map())
  const alias = `a.quiet@${domain}`
  stage.zimbra.domain.addAlias(box('quiet')?.id ?? '', alias)
  const ids = [box('quiet')?.id, box('forwarding')?.id]
  await passOver(stage, record)
  expect(await readMark(stage.rooms.registry.db, 'taken-over mailbox')).toBeNull()

  const done = await adopt(stage.rooms, { dryRun: false })
  expect(done).toMatchObject({ entries: { primary: 3, mailbox: 2 }, unknown: { mailbox: 1 } })
  expect(done.conflicts).toEqual([{ number: other, target: 'mailbox', reason: 'NOBODY_ALIKE' }])
  expect(await readMark(stage.rooms.registry.db, 'taken-over mailbox')).not.toBeNull()
  for (let passes = 0; passes < 2; passes++) {
    await pass(stage.rooms)
    await approveAll(stage)
    await settleAll(stage)
  }
  expect((await standings(stage, quiet)).at(-1)).toBe('settled')
  expect((await standings(stage, other)).at(-1)).toBe('held')
  expect((await stage.directory('primary').entry(quiet))?.['supannAutreMail']).toContain(
    'ada.quiet@etu.upmc.fr',
  )
  expect([box('quiet')?.id, box('forwarding')?.id]).toEqual(ids)
  expect(box('quiet')?.attributes.get('zimbraNotes')).toEqual(['kept'])
  expect(box('quiet')?.attributes.get('zimbraMailAlias')).toEqual([alias])
  expect([forwardsTo('quiet'), forwardsTo('forwarding')]).toEqual([null, 'ailleurs@example.com'])
  expect(box('forwarding')?.attributes.get('zimbraPrefMailLocalDeliveryDisabled')).toEqual(['TRUE'])
  expect(box('other')?.attributes.get('sn')).toEqual(['Hopper'])

  // Nor does a new personal address change what was found.
  await passOver(
    stage,
    record.map(({ person }) =>
      enrolled(person.number, { ...person, fixedAddress: `n${person.number}@example.net` }),
    ),
  )
  expect([forwardsTo('quiet'), forwardsTo('forwarding')]).toEqual([null, 'ailleurs@example.com'])
})
