import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explain } from '../../bin/explain.ts'
import { showPlan } from '../../bin/plan.ts'
import { ldif } from '../../bin/ldif.ts'
import { pass } from '../../daemon/pass.ts'
import { settleDue } from '../../daemon/reconcile.ts'
import { Channel } from '../../daemon/target/zimbra/channel.ts'
import type { createMailboxTarget } from '../../daemon/target/zimbra/mailbox.ts'
import type { Target } from '../../daemon/target/target.ts'
import { systemClock } from '../../platform/clock.ts'
import { loadSettings } from '../../platform/settings.ts'
import { reserveMails } from '../../registry/mails.ts'
import { readMark } from '../../registry/standings.ts'
import { unsettledNow, unsettleIn, writeTargets } from '../../registry/settlements.ts'
import { activate, passOver, settled } from '../run/acts.ts'
import { mailboxesAt } from '../run/mailboxes.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { makeCertificates } from '../run/servers/certificates.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { administrator, openZimbra, type TestZimbra, type TestZimbraOptions } from '../run/zimbra/server.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ mailboxes: true })
})
afterAll(() => stage[Symbol.asyncDispose]())

const domain = 'etu.sorbonne-universite.fr'
const stand = () => ''

/** Another Zimbra, and a target on it. */
async function another(
  options: Partial<TestZimbraOptions> = {},
  told: Partial<Parameters<typeof createMailboxTarget>[0]> = {},
): Promise<{ zimbra: TestZimbra; target: Target } & AsyncDisposable> {
  const zimbra = await openZimbra({ domain, ...options })
  const target = mailboxesAt(zimbra, { registry: stage.rooms.registry, clock: systemClock, ...told })
  return {
    zimbra,
    target,
    async [Symbol.asyncDispose]() {
      await target.close()
      await zimbra.close()
    },
  }
}

async function listed(target: Target) {
  const all = []
  for await (const page of target.scan()) all.push(...page)
  return all.map((sighting) => ({ ...sighting, found: sighting.found(stand) }))
}

describe('the way to Zimbra', () => {
  test('is encrypted, and only to whom the certificate names', async () => {
    const certificates = await makeCertificates()
    await using right = await another({ certificates }, { ca: certificates.ca })
    expect(await listed(right.target)).toEqual([])
    await using unknown = await another({ certificates })
    await expect(listed(unknown.target)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' })
    const elsewhere = await makeCertificates('DNS:other.example.org')
    await using other = await another({ certificates: elsewhere }, { ca: elsewhere.ca })
    await expect(listed(other.target)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' })
    // Nothing was said to either.
    expect([...unknown.zimbra.heard, ...other.zimbra.heard]).toEqual([])
  })

  test('has an end, also where nobody answers', async () => {
    await using there = await another({}, { timeoutMs: 100, listingMs: 100 })
    there.zimbra.misbehave('SearchDirectory', 'silence')
    await expect(listed(there.target)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE', transient: true })
    there.zimbra.misbehave('GetAccount', 'silence')
    await settled(stage, [enrolled('21600001')])
    await expect(there.target.lane('nudge').read('21600001', stand)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
    })
  })

  test('takes no more connections than it is told', async () => {
    await using there = await another()
    const channel = new Channel({ url: there.zimbra.url, connections: 2, clock: systemClock })
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => channel.post('<not-soap/>', 5_000, false)),
    )
    expect(all.every((each) => each.status === 'fulfilled' && each.value.status === 500)).toBe(true)
    expect(there.zimbra.mostConnections()).toBe(2)
    channel.close()
  })

  test('who is not let in does not knock again at once', async () => {
    await using there = await another({}, { password: 'wrong' })
    for (let tries = 0; tries < 3; tries++)
      await expect(listed(there.target)).rejects.toMatchObject({
        code: 'TARGET_UNAVAILABLE',
        transient: true,
      })
    expect(there.zimbra.heard).toHaveLength(1)
  })

  test('many at once are let in once', async () => {
    await using there = await another()
    await Promise.all([listed(there.target), listed(there.target), listed(there.target)])
    expect(there.zimbra.done.filter((name) => name === 'Auth')).toHaveLength(1)
  })
})

describe('a listing', () => {
  test('is gone through page by page, in one session', async () => {
    await using there = await another({ pageSize: 2 })
    for (let n = 0; n < 5; n++) there.zimbra.domain.create(`somebody.${n}@${domain}`, new Map())
    const all = await listed(there.target)
    expect(all.map(({ found }) => found.dn)).toEqual([0, 1, 2, 3, 4].map((n) => `somebody.${n}@${domain}`))
    expect(there.zimbra.done).toEqual(['Auth', 'SearchDirectory', 'SearchDirectory', 'SearchDirectory'])
    const sessions = there.zimbra.heard.flatMap((text) => /<session id="([^"]+)"/.exec(text)?.[1] ?? [])
    expect(new Set(sessions).size).toBe(1)
    expect(sessions).toHaveLength(2)
  })

  test('says whatever a name may say, to the letter', async () => {
    await using there = await another()
    const names = ['<&>"\'', '&amp;', '&#233;', 'Zoé 王 😀', ']]>', ' spaces ', '<!-- no -->']
    for (const [n, displayName] of names.entries())
      there.zimbra.domain.create(`somebody.${n}@${domain}`, new Map([['displayName', [displayName]]]))
    const all = await listed(there.target)
    expect(all.map(({ found }) => found.attributes['displayName'])).toEqual(names.map((each) => [each]))
  })

  test('tells a digest that moves with each managed attribute, and with no other', async () => {
    await using there = await another()
    const { id } = there.zimbra.domain.create(`somebody@${domain}`, new Map())
    const digest = async () => (await listed(there.target))[0]?.digest
    const seen = [await digest()]
    there.zimbra.change(`somebody@${domain}`, { zimbraNotes: 'anything' })
    expect(await digest()).toBe(seen[0])
    const change = (name: string, value: string) =>
      there.zimbra.change(`somebody@${domain}`, { [name]: value })
    for (const act of [
      () => change('displayName', 'A'),
      () => change('givenName', 'A'),
      () => change('sn', 'A'),
      () => change('zimbraAccountStatus', 'locked'),
      () => change('zimbraPrefMailForwardingAddress', 'a@example.org'),
      () => change('zimbraPrefMailLocalDeliveryDisabled', 'TRUE'),
      () => change('zimbraFeatureMailForwardingEnabled', 'FALSE'),
      () => there.zimbra.domain.addAlias(id, `alias@${domain}`),
    ]) {
      act()
      seen.push(await digest())
    }
    expect(new Set(seen).size).toBe(9)
  })
})

describe('before it is taken over', () => {
  test('a Zimbra that holds people whom nobody knows by number lets no key leave', async () => {
    await stage.afresh()
    const { db } = stage.rooms.registry
    const create = (name: string, more: [string, string[]][] = []) =>
      stage.zimbra.domain.create(`${name}@${domain}`, new Map(more))
    create('galsync', [['zimbraIsSystemResource', ['TRUE']]])
    create('scolarite')
    stage.zimbra.domain.others.set(`tous@${domain}`, { id: 'list', kind: 'dl' })
    await passOver(stage, [enrolled()])
    expect(await readMark(db, 'taken-over mailbox')).toBeNull()
    // Until a person has listed it among those that are no student's.
    await reserveMails(db, [`scolarite@${domain}`], 'reserved', stage.clock.now())
    await pass(stage.rooms)
    expect(await readMark(db, 'taken-over mailbox')).not.toBeNull()
  })
})

test('a domain that was compared rests, while whoever must change is settled at once', async () => {
  await stage.afresh()
  const number = freshNumber()
  const others = stage.rooms.targets.filter(({ name }) => name !== 'mailbox')
  const rested = mailboxesAt(stage.zimbra, {
    registry: stage.rooms.registry,
    clock: systemClock,
    restMs: 60_000,
  })
  const rooms = { ...stage.rooms, targets: [...others, rested] }
  const listings = () => stage.zimbra.done.filter((name) => name === 'SearchDirectory').length
  // A listing that failed is none.
  stage.zimbra.misbehave('SearchDirectory', { status: 503 })
  await stage.drop([enrolled(number)])
  for (let passes = 0; passes < 3; passes++) await pass(rooms)
  expect(listings()).toBe(1)
  await activate({ ...stage, rooms }, number)
  await pass(rooms)
  expect(listings()).toBe(1)
  expect(stage.zimbra.domain.accounts.size).toBe(1)
  await rested.close()
})

test('a pass has no more students in hand than the connections can serve in time', async () => {
  await stage.afresh()
  const numbers = Array.from({ length: 12 }, () => freshNumber())
  await passOver(
    stage,
    numbers.map((number) => enrolled(number)),
  )
  const { db } = stage.rooms.registry
  await unsettleIn(db, 'mailbox', numbers, stage.clock.now())
  const mailbox = stage.rooms.targets.find(({ name }) => name === 'mailbox')
  if (mailbox === undefined) throw new Error('no mailboxes')
  expect(mailbox.mostInHand).toBe(8)
  let [inHand, most] = [0, 0]
  const counting: Target = {
    ...mailbox,
    lane: (which) => ({
      ...mailbox.lane(which),
      async read(...asked) {
        most = Math.max(most, ++inHand)
        await systemClock.sleep(1)
        inHand -= 1
        return mailbox.lane(which).read(...asked)
      },
    }),
  }
  await settleDue(stage.rooms, counting, undefined, new Set())
  expect(await unsettledNow(db, 'mailbox', stage.clock.now(), 100)).toEqual([])
  expect(most).toBe(8)
})

describe('only observed', () => {
  test('mailboxes are compared and told, and nothing is ever written there', async () => {
    await stage.afresh()
    const number = freshNumber()
    const others = stage.rooms.targets.filter(({ name }) => name !== 'mailbox')
    const observed = mailboxesAt(stage.zimbra, {
      registry: stage.rooms.registry,
      clock: systemClock,
      mode: 'observe',
    })
    const rooms = { ...stage.rooms, targets: [...others, observed] }
    const written = others.map(({ name }) => name)
    await rooms.registry.transaction((tx) => writeTargets(tx, written))
    await stage.drop([enrolled(number)])
    await pass(rooms)
    await activate({ ...stage, rooms: { ...rooms, targets: others } }, number)
    const outcome = await showPlan.run({ settings: loadSettings({ env: {} }), rooms, daemon: null }, {})
    const { targets } = outcome.data as { targets: readonly unknown[] }
    expect(targets).toContainEqual(
      expect.objectContaining({ target: 'mailbox', counts: { add: 1, modify: 0, rename: 0, remove: 0 } }),
    )
    await pass(rooms)
    expect(new Set(stage.zimbra.done)).toEqual(new Set(['Auth', 'SearchDirectory']))
    expect(await unsettledNow(rooms.registry.db, 'mailbox', stage.clock.now(), 10)).toEqual([])
    await observed.close()
    await rooms.registry.transaction((tx) => writeTargets(tx, [...written, 'mailbox'], ['mailbox']))
  })
})

test('the administrator’s password is in no message, no error and no row of the registry', async () => {
  await stage.afresh()
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  stage.zimbra.misbehave('CreateAccount', { fault: 'account.INVALID_ATTR_VALUE' })
  await activate(stage, number)
  const settings = loadSettings({ env: {} })
  const told = JSON.stringify(
    (await explain.run({ settings, rooms: stage.rooms, daemon: null }, { number })).data,
  )
  const rows = JSON.stringify(await stage.rooms.registry.db.selectFrom('settlement').selectAll().execute())
  expect(told + rows).not.toContain(administrator.password)
  expect(stage.zimbra.heard.filter((text) => text.includes('mot de passe'))).toHaveLength(0)
})

test('mailboxes are filled by no LDIF', async () => {
  const desk = { settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null }
  await expect(ldif.run(desk, { target: 'mailbox', out: '/nowhere' })).rejects.toMatchObject({
    code: 'USAGE',
  })
})
