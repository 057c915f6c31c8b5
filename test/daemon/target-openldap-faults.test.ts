import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { serviceDn } from '../../bin/first-entries.ts'
import { adopt } from '../../daemon/adopt.ts'
import { pass } from '../../daemon/pass.ts'
import { startDaemon, type Daemon } from '../../daemon/schedule.ts'
import { settle } from '../../daemon/settle.ts'
import { tellTakenOver } from '../../daemon/taken-over.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import type { Target } from '../../daemon/target/target.ts'
import type { Profile } from '../../domain/profile.ts'
import { settlementOf } from '../../registry/settlements.ts'
import { forgetMark, readMark } from '../../registry/standings.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passOver, passwords, post, settleAll, settled, standings } from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { minute } from '../run/moved-clock.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { accessRules, localClient, servicePassword, type Slapd } from '../run/servers/slapd.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { systemClock } from '../../platform/clock.ts'

vi.setConfig({ testTimeout: 60_000 })

/** What goes wrong with a directory, on three real OpenLDAPs (docs: faults). */
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap' })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

const names = ['primary', 'paris-sorbonne', 'upmc']
const everywhere = [true, true, true]
const inAll = ['settled', 'settled', 'settled']

function slapdOf(name: string): Slapd {
  const { slapd } = stage.directory(name)
  if (slapd === null) throw new Error(`${name} is embedded`)
  return slapd
}

async function invited(): Promise<string> {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  return number
}

/** Activates by the page, and settles nothing. */
async function choose(number: string): Promise<void> {
  await createFlows(stage.house).activate({
    studentNumber: number,
    key: await keyFor(stage, number),
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
}

const settlement = async (name: string, number: string) => settlementOf(stage.rooms.registry.db, name, number)

/** Settles again and again, minutes passing in between, until everything is. */
async function heals(number: string): Promise<void> {
  await eventually(`${number} to be settled`, async () => {
    stage.clock.move(6 * minute)
    await settleAll(stage)
    return (await standings(stage, number)).every((state) => state === 'settled')
  })
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
}

describe.each(names)('while the daemon runs, %s', (name) => {
  let daemon: Daemon
  beforeEach(() => {
    daemon = startDaemon(stage.rooms, { passIntervalMs: 3_600_000 })
  })
  afterEach(() => daemon.stop())
  const others = names.filter((other) => other !== name)

  const opensElsewhere = (number: string) =>
    eventually('the others to have it', async () => {
      const open = await Promise.all(
        others.map((other) => stage.directory(other).bind(number, passwords.first)),
      )
      return open.every(Boolean)
    })
  const comesRound = (number: string) =>
    eventually('all to have it', async () => {
      stage.clock.move(minute)
      return (await stage.bind(number, passwords.first)).every(Boolean)
    })

  test('stopped and started again delays nobody elsewhere, and catches up', async () => {
    const [before, meanwhile] = [await invited(), await invited()]
    await choose(before)
    await comesRound(before)
    await slapdOf(name).stop()
    await choose(meanwhile)
    await opensElsewhere(meanwhile)
    await eventually('it to be missed', async () => (await settlement(name, meanwhile))?.code)
    expect(await settlement(name, meanwhile)).toMatchObject({
      state: 'unsettled',
      code: 'TARGET_UNAVAILABLE',
    })
    await slapdOf(name).start()
    await comesRound(meanwhile)
  })

  test('frozen delays nobody elsewhere, is found out in time, and catches up', async () => {
    const [before, meanwhile] = [await invited(), await invited()]
    await choose(before)
    await comesRound(before)
    await slapdOf(name).freeze()
    try {
      await choose(meanwhile)
      await opensElsewhere(meanwhile)
      await eventually('it to be missed', async () => (await settlement(name, meanwhile))?.code, 15_000)
      expect(await settlement(name, meanwhile)).toMatchObject({ code: 'TARGET_UNAVAILABLE' })
    } finally {
      await slapdOf(name).thaw()
    }
    await comesRound(meanwhile)
  })
})

describe('a directory that will not write', () => {
  afterEach(() => slapdOf('upmc').under({ readOnly: false, maxBytes: 1_073_741_824 }))

  /** Entries until no more are taken: pages that were freed are used again. */
  async function fill(): Promise<void> {
    const { base } = stage.directory('upmc').profile
    const adds = async () => {
      for (let index = 0; index < 10_000; index++) {
        const filler = { objectClass: ['organizationalUnit'], ou: [String(index)] }
        await stage.directory('upmc').add(`ou=${index},${base}`, filler)
      }
    }
    await expect(adds()).rejects.toMatchObject({ code: 80 })
  }

  test.each([
    ['read-only', { readOnly: true }, () => Promise.resolve(), 53],
    ['full', { maxBytes: 1 }, fill, 80],
  ])('since it is %s is asked again until it does', async (_why, changed, make, code) => {
    const former = enrolled()
    await settled(stage, [former])
    const number = await invited()
    await slapdOf('upmc').under(changed)
    await make()
    await choose(number)
    await settleAll(stage)
    stage.clock.move(6 * minute)
    await settleAll(stage)
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'unsettled'])
    expect((await settlement('upmc', number))?.detail).toBe(`upmc answered ${code}`)
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, false])
    expect(await stage.bind(former.person.number, passwords.first)).toEqual(everywhere)
    await slapdOf('upmc').under({ readOnly: false, maxBytes: 1_073_741_824 })
    await heals(number)
  })
})

const byMatricule = /(by dn.exact="cn=matricule[^"]*") (write|read)/g

describe('a directory that refuses us', () => {
  afterEach(async () => slapdOf('upmc').under({ access: await accessRules() }))

  test('for its password is asked again until it takes it', async () => {
    const number = await invited()
    await choose(number)
    const upmc = stage.directory('upmc')
    const turnedAway = createLdapTarget({
      profile: upmc.profile,
      url: slapdOf('upmc').url,
      bindDn: serviceDn('matricule', upmc.profile.base),
      password: `not ${servicePassword}`,
      mode: 'write',
      startTls: false,
      ca: slapdOf('upmc').ca ?? '',
      timeoutMs: 5_000,
      clock: systemClock,
      window: 32,
    })
    expect(await settle(stage.rooms, turnedAway, number, turnedAway.lane('nudge'))).toBe('unanswered')
    expect(await settlement('upmc', number)).toMatchObject({ state: 'unsettled', code: 'TARGET_UNAVAILABLE' })
    await turnedAway.close()
    await heals(number)
  })

  test('the right to write is asked again until it gives it', async () => {
    const number = await invited()
    await slapdOf('upmc').under({ access: (await accessRules()).replace(byMatricule, '$1 read') })
    await choose(number)
    await settleAll(stage)
    expect((await settlement('upmc', number))?.detail).toBe('upmc answered 50')
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'unsettled'])
    await slapdOf('upmc').under({ access: await accessRules() })
    await heals(number)
  })

  test.each([
    ['anybody', 'none'],
    ['the people below the base', 'search'],
  ])('the sight of %s costs nobody anything', async (_whom, right) => {
    const people = crowd(6)
    await settled(stage, people)
    const stamps = () =>
      Promise.all(
        people.map(async ({ person }) => (await stage.directory('upmc').entry(person.number))?.['entryCSN']),
      )
    const before = await stamps()
    await slapdOf('upmc').under({ access: (await accessRules()).replace(byMatricule, `$1 ${right}`) })
    await pass(stage.rooms)
    await slapdOf('upmc').under({ access: await accessRules() })
    expect(await stamps()).toEqual(before)
    for (const { person } of people) await heals(person.number)
  })
})

describe('a directory that hides who stands there already', () => {
  const { db, number } = { db: () => stage.rooms.registry.db, number: freshNumber() }
  const dn = () => `uid=${number},${stage.directory('upmc').profile.base}`
  beforeEach(async () => {
    await forgetMark(db(), 'taken-over upmc')
    const facts = { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Ada'], sn: ['Former'] }
    await stage.directory('upmc').add(dn(), facts)
  })
  afterEach(async () => {
    await slapdOf('upmc').under({ access: await accessRules() })
    await stage.directory('upmc').remove(dn())
    for (const { target } of stage.directories) await tellTakenOver(stage.rooms, target, 0)
  })

  test.each([
    ['with the base', (rules: string) => rules.replace(byMatricule, '$1 search')],
    ['below a base that is seen', (rules: string) => `access to dn.children="\${BASE}" by * none\n${rules}`],
  ])('%s is not found empty, and no key leaves', async (_where, hiding) => {
    await slapdOf('upmc').under({ access: hiding(await accessRules()) })
    await passOver(stage, [enrolled(number)])
    stage.clock.move(26 * 60 * minute)
    await post(stage)
    expect(await readMark(db(), 'taken-over upmc')).toBeNull()
    expect(stage.mail.received).toEqual([])
    await expect(adopt(stage.rooms, { dryRun: false })).rejects.toThrow('upmc has entries and shows none')
    const findings = (await stage.directory('upmc').target.examine?.(null)) ?? []
    expect(findings.filter(({ level }) => level === 'fault').map(({ what }) => what)).toEqual(['base'])
  })
})

test('an attribute that the schema of a directory does not know is set aside there, and shown', async () => {
  const number = await invited()
  const { target } = stage.directory('upmc')
  const odd: Profile = {
    ...target.profile,
    managed: [...target.profile.managed, 'matriculeShoeSize'],
    entry(holder, site) {
      const entry = target.profile.entry(holder, site)
      return entry && { ...entry, attributes: { ...entry.attributes, matriculeShoeSize: ['38'] } }
    },
  }
  const strict: Target = { ...target, profile: odd }
  await choose(number)
  expect(await settle(stage.rooms, strict, number, strict.lane('nudge'))).toBe('refused')
  expect(await settlement('upmc', number)).toMatchObject({
    state: 'refused',
    code: 'TARGET_REFUSED',
    detail: 'upmc answered 17',
  })
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'refused'])
})

test('connections that a directory closes for being idle are opened anew, and nobody waits for it', async () => {
  const [first, second] = [await invited(), await invited()]
  for (const name of names) await slapdOf(name).under({ idleSeconds: 1 })
  await activate(stage, first)
  // Younger than those of the daemon: when it is closed, so are they.
  for (const name of names) {
    const idle = localClient(slapdOf(name).local)
    await idle.bind(serviceDn('matricule', stage.directory(name).profile.base), servicePassword)
    await eventually('the end of idle connections', () => Promise.resolve(!idle.isConnected))
  }
  await choose(second)
  await settleAll(stage)
  expect(await standings(stage, second)).toEqual(inAll)
  for (const name of names) {
    expect(await settlement(name, second)).toMatchObject({ attempts: 0 })
    await slapdOf(name).under({ idleSeconds: 0 })
  }
  expect(await stage.bind(second, passwords.first)).toEqual(everywhere)
})
