import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { settlementOf, unsettle } from '../../registry/settlements.ts'
import { newAddress } from '../../bin/new-address.ts'
import { loadSettings } from '../../platform/settings.ts'
import { activate, passOver, settleAll, settled, standings } from '../run/acts.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { aliasesOf } from '../run/zimbra/domain.ts'
import type { Conduct } from '../run/zimbra/server.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ mailboxes: true })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const forward = 'zimbraPrefMailForwardingAddress'
const allSettled = ['settled', 'settled', 'settled', 'settled']
const ada = (number: string, facts: Parameters<typeof enrolled>[1] = {}) =>
  enrolled(number, { firstName: 'ADA', birthName: 'BYRON', ...facts })
const address = 'ada.byron@etu.sorbonne-universite.fr'

const forwardsTo = (of = address) => stage.zimbra.account(of)?.attributes.get(forward)?.[0] ?? null
const mailbox = (number: string) => settlementOf(stage.rooms.registry.db, 'mailbox', number)
const times = (name: string) => stage.zimbra.done.filter((each) => each === name).length

/** Settles as the daemon would, for as long as it takes. */
async function later(): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    stage.clock.move(6 * minute)
    await settleAll(stage)
  }
}

const lost: readonly Conduct[] = ['drop-before', 'drop-after']

test.each(lost)(
  'the answer to a creation is lost (%s): there is one mailbox, and it is ours',
  async (conduct) => {
    const number = freshNumber()
    await passOver(stage, [ada(number)])
    stage.zimbra.misbehave('CreateAccount', conduct)
    await activate(stage, number)
    expect(await mailbox(number)).toMatchObject({ state: 'unsettled', code: 'TARGET_UNAVAILABLE' })
    await later()
    expect(await standings(stage, number)).toEqual(allSettled)
    expect(stage.zimbra.domain.accounts.size).toBe(1)
    expect(times('CreateAccount')).toBe(1)
    // What was set in the lost request is known as ours.
    await passOver(stage, [ada(number, { fixedAddress: 'new@example.net' })])
    expect(forwardsTo()).toBe('new@example.net')
  },
)

test.each(lost)('a student who chooses after an answer was lost (%s) is left alone', async (conduct) => {
  const number = freshNumber()
  await settled(stage, [ada(number)])
  stage.zimbra.misbehave('ModifyAccount', conduct)
  await passOver(stage, [ada(number, { fixedAddress: 'new@example.net' })])
  await later()
  expect(forwardsTo()).toBe('new@example.net')
  // Even if they choose exactly what we had set before the lost answer.
  stage.zimbra.change(address, { [forward]: `p${number}@example.org` })
  await passOver(stage, [ada(number, { fixedAddress: 'newer@example.net' })])
  expect(forwardsTo()).toBe(`p${number}@example.org`)
})

test.each(lost)(
  'turned off with the account while the answer is lost (%s), forwarding comes back',
  async (conduct) => {
    const [ours, theirs] = [freshNumber(), freshNumber()]
    const other = 'grace.hopper@etu.sorbonne-universite.fr'
    const both = (state: 'E' | 'A') => [
      ada(ours, { state }),
      enrolled(theirs, { firstName: 'GRACE', birthName: 'HOPPER', state }),
    ]
    await settled(stage, both('E'))
    stage.zimbra.change(other, { [forward]: 'ailleurs@example.com' })
    stage.zimbra.misbehave('ModifyAccount', conduct, conduct)
    await passOver(stage, both('A'))
    await later()
    expect([forwardsTo(), forwardsTo(other)]).toEqual([null, null])
    stage.zimbra.misbehave('ModifyAccount', conduct, conduct)
    await passOver(stage, both('E'))
    await later()
    expect([forwardsTo(), forwardsTo(other)]).toEqual([`p${ours}@example.org`, 'ailleurs@example.com'])
  },
)

test.each(['RenameAccount', 'AddAccountAlias', 'GetAccount'])(
  'an answer to %s is lost while an address changes: the end is the same',
  async (name) => {
    for (const conduct of lost) {
      await stage.afresh()
      const number = freshNumber()
      await settled(stage, [ada(number)])
      await passOver(stage, [ada(number, { usageName: 'LOVELACE' })])
      stage.zimbra.misbehave(name, conduct)
      await newAddress.run(
        { settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null },
        { number },
      )
      await later()
      const account = stage.zimbra.account(address)
      expect(account?.name).toBe('ada.lovelace@etu.sorbonne-universite.fr')
      expect(account && aliasesOf(account)).toEqual([address])
      expect(await standings(stage, number)).toEqual(allSettled)
    }
  },
)

test('who is down delays nothing elsewhere, and catches up when it is back', async () => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  stage.zimbra.down(true)
  await activate(stage, number)
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'unsettled'])
  stage.zimbra.down(false)
  await later()
  expect(await standings(stage, number)).toEqual(allSettled)
})

test('a token that has run out is asked for again, and the request done once', async () => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  stage.zimbra.done.length = 0
  stage.zimbra.expireTokens()
  await activate(stage, number)
  expect(await standings(stage, number)).toEqual(allSettled)
  expect(times('Auth')).toBe(1)
  expect(times('CreateAccount')).toBe(1)
})

test('connections that were kept and have ended cost nobody anything', async () => {
  const number = freshNumber()
  await settled(stage, [ada(number)])
  await passOver(stage, [ada(number, { fixedAddress: 'first@example.net' })])
  // It ends as the next request is on its way.
  stage.zimbra.misbehave('GetAccount', 'drop-before')
  await passOver(stage, [ada(number, { fixedAddress: 'new@example.net' })])
  stage.zimbra.jolt()
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(allSettled)
  expect(forwardsTo()).toBe('new@example.net')
})

test.each<[string, Conduct, object]>([
  [
    'a value that it does not take',
    { fault: 'account.INVALID_ATTR_VALUE' },
    { state: 'refused', code: 'TARGET_REFUSED' },
  ],
  [
    'a right that is missing',
    { fault: 'service.PERM_DENIED' },
    { state: 'unsettled', code: 'TARGET_REFUSED' },
  ],
  [
    'a quota that is full',
    { fault: 'account.TOO_MANY_ACCOUNTS' },
    { state: 'unsettled', code: 'TARGET_REFUSED' },
  ],
  [
    'a failure of its own',
    { fault: 'service.FAILURE', by: 'Receiver' },
    { state: 'unsettled', code: 'TARGET_UNAVAILABLE' },
  ],
  ['a gateway in between', { status: 503 }, { state: 'unsettled', code: 'TARGET_UNAVAILABLE' }],
])('%s is told as what it is', async (_, conduct, outcome) => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  stage.zimbra.misbehave('CreateAccount', conduct)
  await activate(stage, number)
  const row = await mailbox(number)
  expect(row).toMatchObject(outcome)
  // What Zimbra says in its own words may name people.
  expect(row?.detail).not.toContain('somebody@example.org')
  // And the next change of the student is tried again.
  await later()
  await passOver(stage, [ada(number, { usageName: 'LOVELACE' })])
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(allSettled)
})

test.each([
  [
    'cut short',
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body><CreateAccountResponse>',
  ],
  ['of another kind', '<html><body>Welcome</body></html>'],
  [
    'with entities of its own',
    '<!DOCTYPE x [<!ENTITY a "b">]><soap:Envelope><soap:Body><CreateAccountResponse>&a;</CreateAccountResponse></soap:Body></soap:Envelope>',
  ],
  ['of nothing', ''],
  ['to something else', '<Envelope><Body><GetAccountResponse/></Body></Envelope>'],
])('an answer %s is no answer', async (_, say) => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  stage.zimbra.misbehave('CreateAccount', { say })
  await activate(stage, number)
  expect(await mailbox(number)).toMatchObject({ state: 'unsettled', code: 'TARGET_UNAVAILABLE' })
  await later()
  expect(await standings(stage, number)).toEqual(allSettled)
})

test('a listing that is not whole makes nobody’s mailbox missing', async () => {
  const students = [enrolled(), enrolled(), enrolled()]
  await settled(stage, students)
  const rooms = stage.under({ brakes: { maxRemovals: 1, maxShare: 0 } })
  const accounts = [...stage.zimbra.domain.accounts.keys()]
  const done = stage.zimbra.done.length
  const empty =
    '<Envelope><Body><SearchDirectoryResponse more="0" searchTotal="3"></SearchDirectoryResponse></Body></Envelope>'
  stage.zimbra.misbehave('SearchDirectory', { say: empty })
  await pass(stage.rooms)
  expect(stage.zimbra.done.slice(done)).toEqual([])
  // And one that says that there is nobody at all is held as drift.
  stage.zimbra.misbehave('SearchDirectory', { say: empty.replace('3', '0') })
  await pass(rooms)
  expect(stage.zimbra.done.slice(done)).toEqual([])
  expect([...stage.zimbra.domain.accounts.keys()]).toEqual(accounts)
  const holds = await stage.rooms.registry.db.selectFrom('hold').select(['kind', 'target']).execute()
  expect(holds).toEqual([{ kind: 'drift', target: 'mailbox' }])
})

test('a mailbox whose name is refused is locked all the same', async () => {
  const number = freshNumber()
  await settled(stage, [ada(number)])
  const name = stage.zimbra.domain.accounts.values().next().value?.name ?? ''
  const { registry, clock } = stage.rooms
  await registry.db
    .updateTable('account')
    .set({ mail: `else.${name}` })
    .where('number', '=', number)
    .execute()
  await registry.db.updateTable('account').set({ locked: true }).where('number', '=', number).execute()
  await registry.transaction((tx) => unsettle(tx, [number], clock.now()))
  stage.zimbra.misbehave('RenameAccount', { fault: 'service.PERM_DENIED' })
  await settleAll(stage)
  expect(await mailbox(number)).toMatchObject({
    state: 'unsettled',
    detail: expect.stringContaining('PERM') as string,
  })
  expect(stage.zimbra.account(name)?.attributes.get('zimbraAccountStatus')).toEqual(['locked'])
})
