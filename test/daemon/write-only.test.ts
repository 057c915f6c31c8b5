import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceDn } from '../../bin/first-entries.ts'
import { pass } from '../../daemon/pass.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import { systemClock } from '../../platform/clock.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, passOver, passwords, settleAll, standings, tokenFor } from '../run/acts.ts'
import { aDayLater, tries, withCanary } from '../run/canary.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { accessRules, servicePassword } from '../run/servers/slapd.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
let there: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap' })
  const directory = stage.directory('paris-sorbonne')
  // A directory that lets us write passwords, and never see one.
  const rules = (await accessRules()).replace(
    /(attrs=userPassword\n\s*by dn.exact="cn=matricule[^"]*") write/,
    '$1 =w',
  )
  await directory.slapd?.under({ access: rules })
  const target = createLdapTarget({
    profile: { ...directory.profile, verifier: 'write-only' },
    url: directory.url,
    bindDn: serviceDn('matricule', directory.profile.base),
    password: servicePassword,
    mode: 'write',
    startTls: false,
    timeoutMs: 5_000,
    clock: systemClock,
    window: 32,
  })
  const targets = stage.rooms.targets.map((each) => (each.name === target.name ? target : each))
  there = { ...stage, rooms: { ...stage.rooms, targets } }
})
afterAll(async () => {
  await Promise.all(there.rooms.targets.map((target) => target.close()))
  await stage[Symbol.asyncDispose]()
})

keepsTheirs(() => stage)

const changes = async ({ metrics }: Rooms) => JSON.stringify(await metrics.changes.get())

test('a password that cannot be read back is written when it is chosen, and not again', async () => {
  const number = freshNumber()
  await passOver(there, [enrolled(number)])
  await activate(there, number)
  const everywhere = [true, true, true]
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
  expect(await standings(there, number)).toEqual(['settled', 'settled', 'settled'])

  const before = await changes(there.rooms)
  for (const _ of [1, 2]) {
    stage.clock.move(minute)
    await pass(there.rooms)
  }
  expect(await changes(there.rooms)).toBe(before)

  const token = await tokenFor(there, `p${number}@example.org`)
  await createFlows(there.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
  await settleAll(there)
  expect(await stage.bind(number, passwords.second)).toEqual(everywhere)

  // Somebody else's change of another attribute is put back, and the password left alone.
  await stage.directory('paris-sorbonne').modify(number, { displayName: ['Somebody Else'] })
  stage.clock.move(minute)
  await pass(there.rooms)
  expect((await stage.directory('paris-sorbonne').entry(number))?.['displayName']).not.toBe('Somebody Else')
  expect(await stage.bind(number, passwords.second)).toEqual(everywhere)

  // Without a right there is none any more.
  await passOver(there, [enrolled(number, { state: 'A' })])
  await settleAll(there)
  expect(await stage.bind(number, passwords.second)).toEqual([false, false, false])
})

test('the canary has a password there too, written once and again when it is old', async () => {
  const rooms = withCanary(there)
  const at = async () => (await stage.directory('paris-sorbonne').entry('matricule-canari'))?.['entryCSN']
  await pass(rooms)
  expect(await tries(rooms)).toEqual(['fine', 'fine', 'fine'])
  const first = await at()
  expect(await tries(rooms)).toEqual(['fine', 'fine', 'fine'])
  expect(await at()).toBe(first)
  await aDayLater(rooms)
  expect(await tries(rooms)).toEqual(['fine', 'fine', 'fine'])
  expect(await at()).not.toBe(first)
})
