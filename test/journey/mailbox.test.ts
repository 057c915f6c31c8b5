import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Desk } from '../../bin/desk.ts'
import { explain } from '../../bin/explain.ts'
import { lockAccount, unlockAccount } from '../../bin/lock.ts'
import { newAddress } from '../../bin/new-address.ts'
import { pass } from '../../daemon/pass.ts'
import { loadSettings } from '../../platform/settings.ts'
import { sweepPromises } from '../../registry/promises.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { progress } from '../../web/flow/progress.ts'
import { activate, passOver, passwords, post, settleAll, settled, standings, tokenFor } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { aliasesOf } from '../run/zimbra/domain.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ mailboxes: true })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const desk = (): Desk => ({ settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null })
const own = (number: string) => `p${number}@example.org`
const allSettled = ['settled', 'settled', 'settled', 'settled']

async function mailOf(number: string): Promise<string> {
  const { mail } = await stage.rooms.registry.db
    .selectFrom('account')
    .select('mail')
    .where('number', '=', number)
    .executeTakeFirstOrThrow()
  return mail ?? ''
}

/** What the mailbox of a student says, single-valued attributes as texts. */
async function box(number: string): Promise<Record<string, string | undefined> | null> {
  const account = stage.zimbra.account(await mailOf(number))
  return account && Object.fromEntries([...account.attributes].map(([name, values]) => [name, values[0]]))
}

async function steps(id: string): Promise<Record<string, string>> {
  const { steps: all } = await progress(stage.house, id)
  return Object.fromEntries(all.map(({ target, state }) => [target, state]))
}

const subjects = (number: string) => stage.mail.to(own(number)).map(({ subject }) => subject)

test('a student who activates has a mailbox that forwards to their own address and keeps a copy', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number, { firstName: 'ZOÉ', birthName: "D'ALEMBERT & FILS" })])
  expect(await standings(stage, number)).toEqual(allSettled)
  const account = stage.zimbra.account(await mailOf(number))
  expect(account?.name).toBe('zoe.dalembert_fils@etu.sorbonne-universite.fr')
  expect(await box(number)).toEqual({
    zimbraId: account?.id,
    zimbraCreateTimestamp: expect.any(String) as string,
    displayName: "Zoé D'Alembert & Fils",
    givenName: 'Zoé',
    sn: "D'Alembert & Fils",
    zimbraAccountStatus: 'active',
    zimbraMailStatus: 'enabled',
    zimbraPrefMailForwardingAddress: own(number),
    zimbraPrefMailLocalDeliveryDisabled: 'FALSE',
  })
  // The primary directory says so, for a Zimbra that would make mailboxes by itself.
  expect((await stage.directory('primary').entry(number))?.['supannRessourceEtatDate']).toEqual([
    '{COMPTE}A:SupannActif::',
    '{MAIL}A:SupannActif::',
  ])
  // Nothing is left to do, and nothing is done again.
  const done = stage.zimbra.done.length
  await pass(stage.rooms)
  expect(stage.zimbra.done.slice(done)).toEqual(['SearchDirectory'])
})

test('the account is ready, and told, once the mailbox is there too', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  stage.zimbra.down(true)
  const { progress: id } = await activate(stage, number)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  expect(await steps(id)).toEqual({
    primary: 'done',
    'paris-sorbonne': 'done',
    upmc: 'done',
    mailbox: 'pending',
  })
  await post(stage)
  expect(subjects(number)).not.toContain('Votre compte Sorbonne Université est prêt')
  const { data } = await explain.run(desk(), { number })
  expect(data).toMatchObject({ targets: { primary: { state: 'settled' }, mailbox: { state: 'unsettled' } } })
  expect((data as { why: string }).why).toContain('mailbox')

  stage.zimbra.down(false)
  stage.clock.move(10 * minute)
  await settleAll(stage)
  expect(await steps(id)).toMatchObject({ mailbox: 'done' })
  await post(stage)
  expect(subjects(number)).toContain('Votre compte Sorbonne Université est prêt')
  expect((await explain.run(desk(), { number })).data).toMatchObject({
    targets: { mailbox: { state: 'settled' } },
  })
})

test('an account without its mailbox for 48 hours is a promise broken', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  stage.zimbra.down(true)
  const { progress: id } = await activate(stage, number)
  stage.clock.move(49 * hour)
  await stage.rooms.registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
  expect(await steps(id)).toMatchObject({ primary: 'done', mailbox: 'delayed' })
  const broken = await stage.rooms.registry.db
    .selectFrom('promise')
    .select(['kind', 'target'])
    .where('number', '=', number)
    .where('broken', '=', true)
    .where('kind', '<>', 'letter')
    .orderBy('id')
    .execute()
  expect(broken).toEqual([
    { kind: 'account', target: null },
    { kind: 'account', target: 'mailbox' },
  ])
})

test('a mailbox has no password, and none is promised there', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const token = await tokenFor(stage, own(number))
  const flows = createFlows(stage.house)
  const { progress: id } = await flows.reset({ token, password: passwords.second, network: '192.0.2.1' })
  await settleAll(stage)
  expect(Object.keys(await steps(id))).toEqual(['primary', 'paris-sorbonne', 'upmc'])
  const promised = await stage.rooms.registry.db
    .selectFrom('promise')
    .select('kind')
    .where('number', '=', number)
    .where('target', '=', 'mailbox')
    .execute()
  expect(promised).toEqual([{ kind: 'account' }])
  for (const text of stage.zimbra.heard) expect(text).not.toContain(passwords.second)
})

test('suspended, the mailbox is locked and forwards nothing; reinstated, it is as it was', async () => {
  const [left, chose, quiet] = [freshNumber(), freshNumber(), freshNumber()]
  const all = (state: 'E' | 'A') => [left, chose, quiet].map((number) => enrolled(number, { state }))
  await settled(stage, all('E'))
  stage.zimbra.change(await mailOf(chose), {
    zimbraPrefMailForwardingAddress: 'ailleurs@example.com',
    zimbraPrefMailLocalDeliveryDisabled: 'TRUE',
  })
  stage.zimbra.change(await mailOf(quiet), { zimbraPrefMailForwardingAddress: '' })
  await pass(stage.rooms)
  await passOver(stage, all('A'))
  for (const number of [left, chose, quiet]) {
    expect(await box(number)).toMatchObject({
      zimbraAccountStatus: 'locked',
      zimbraFeatureMailForwardingEnabled: 'FALSE',
      zimbraPrefMailLocalDeliveryDisabled: 'FALSE',
    })
    expect(await box(number)).not.toHaveProperty('zimbraPrefMailForwardingAddress')
  }
  // Somebody who is told to forward meanwhile does not.
  stage.zimbra.change(await mailOf(left), { zimbraPrefMailForwardingAddress: 'x@example.com' })
  await pass(stage.rooms)
  expect(await box(left)).not.toHaveProperty('zimbraPrefMailForwardingAddress')

  await passOver(stage, all('E'))
  expect(await box(left)).toMatchObject({
    zimbraAccountStatus: 'active',
    zimbraPrefMailForwardingAddress: own(left),
  })
  expect(await box(chose)).toMatchObject({ zimbraPrefMailForwardingAddress: 'ailleurs@example.com' })
  expect(await box(quiet)).not.toHaveProperty('zimbraPrefMailForwardingAddress')
  for (const number of [left, chose, quiet])
    expect(await box(number)).not.toHaveProperty('zimbraFeatureMailForwardingEnabled')

  // Whose forwarding it is, is known as before.
  await passOver(
    stage,
    [left, chose, quiet].map((number) => enrolled(number, { fixedAddress: `n${number}@example.net` })),
  )
  expect(await box(left)).toMatchObject({ zimbraPrefMailForwardingAddress: `n${left}@example.net` })
  expect(await box(chose)).toMatchObject({ zimbraPrefMailForwardingAddress: 'ailleurs@example.com' })
  expect(await box(quiet)).not.toHaveProperty('zimbraPrefMailForwardingAddress')
})

test('a locked account has a locked mailbox, and an unlocked one has not', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await lockAccount.run(desk(), { number, reason: 'card found' })
  await settleAll(stage)
  expect(await box(number)).toMatchObject({ zimbraAccountStatus: 'locked' })
  expect(await box(number)).not.toHaveProperty('zimbraPrefMailForwardingAddress')
  await unlockAccount.run(desk(), { number })
  await settleAll(stage)
  expect(await box(number)).toMatchObject({
    zimbraAccountStatus: 'active',
    zimbraPrefMailForwardingAddress: own(number),
  })
})

test('closed with the account, deleted with the purge, and the address is nobody else’s for ever', async () => {
  const number = freshNumber()
  const named = (state: 'E' | 'A') => enrolled(number, { firstName: 'ADA', birthName: 'BYRON', state })
  await settled(stage, [named('E')])
  await passOver(stage, [named('A')])
  stage.clock.move(91 * day)
  await pass(stage.rooms)
  expect(await box(number)).toMatchObject({ zimbraAccountStatus: 'closed', zimbraMailStatus: 'disabled' })
  for (const days of [366, 1, 1]) {
    stage.clock.move(days * day)
    await pass(stage.rooms)
  }
  expect(stage.zimbra.account('ada.byron@etu.sorbonne-universite.fr')).toBeNull()
  expect(stage.zimbra.done.filter((name) => name === 'DeleteAccount')).toHaveLength(1)

  const { db } = stage.rooms.registry
  const kept = await db.selectFrom('institutional_address').select(['address', 'number']).execute()
  expect(kept).toEqual([{ address: 'ada.byron@etu.sorbonne-universite.fr', number }])
  expect(await db.selectFrom('forwarding').select('number').execute()).toEqual([])
})

test('the address of a new name is the name of the same mailbox, and the former one its alias', async () => {
  const number = freshNumber()
  const named = (usageName: string | null) =>
    enrolled(number, { firstName: 'ADA', birthName: 'BYRON', usageName })
  await settled(stage, [named(null)])
  const id = stage.zimbra.account(await mailOf(number))?.id
  await passOver(stage, [named('LOVELACE')])
  expect(await box(number)).toMatchObject({ displayName: 'Ada Lovelace', sn: 'Lovelace' })
  await newAddress.run(desk(), { number })
  await settleAll(stage)
  const renamed = stage.zimbra.account('ada.lovelace@etu.sorbonne-universite.fr')
  expect(renamed).toMatchObject({ id, name: 'ada.lovelace@etu.sorbonne-universite.fr' })
  expect(renamed && aliasesOf(renamed)).toEqual(['ada.byron@etu.sorbonne-universite.fr'])

  // An alias that somebody else gave stays; the former name taken up again is a name again.
  stage.zimbra.domain.addAlias(id ?? '', 'la.comtesse@etu.sorbonne-universite.fr')
  await passOver(stage, [named(null)])
  await newAddress.run(desk(), { number })
  await settleAll(stage)
  const again = stage.zimbra.account('ada.byron@etu.sorbonne-universite.fr')
  expect(again).toMatchObject({ id, name: 'ada.byron@etu.sorbonne-universite.fr' })
  expect(again && [...aliasesOf(again)].sort()).toEqual([
    'ada.lovelace@etu.sorbonne-universite.fr',
    'la.comtesse@etu.sorbonne-universite.fr',
  ])
  expect(await standings(stage, number)).toEqual(allSettled)
})

test('a new personal address is followed as long as the mailbox holds the one we set', async () => {
  const [ours, theirs] = [freshNumber(), freshNumber()]
  await settled(stage, [enrolled(ours), enrolled(theirs)])
  stage.zimbra.change(await mailOf(theirs), { zimbraPrefMailForwardingAddress: 'ailleurs@example.com' })
  const moved = (address: string | null) =>
    [ours, theirs].map((number) => enrolled(number, { fixedAddress: address && `${number}${address}` }))
  await passOver(stage, moved('@example.net'))
  expect(await box(ours)).toMatchObject({ zimbraPrefMailForwardingAddress: `${ours}@example.net` })
  expect(await box(theirs)).toMatchObject({ zimbraPrefMailForwardingAddress: 'ailleurs@example.com' })
  await passOver(stage, moved(null))
  expect(await box(ours)).not.toHaveProperty('zimbraPrefMailForwardingAddress')
  expect(await box(theirs)).toMatchObject({ zimbraPrefMailForwardingAddress: 'ailleurs@example.com' })
  await passOver(stage, moved('@example.com'))
  expect(await box(ours)).toMatchObject({ zimbraPrefMailForwardingAddress: `${ours}@example.com` })
})

test('an account that is not ours is left untouched, and the clash is held', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number, { firstName: 'ADA', birthName: 'BYRON' })])
  // Made by somebody else between the last listing and the activation.
  const name = 'ada.byron@etu.sorbonne-universite.fr'
  stage.zimbra.domain.create(name, new Map([['displayName', ['Somebody Else']]]))
  const before = JSON.stringify([...(stage.zimbra.account(name)?.attributes ?? [])])
  await activate(stage, number)
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'held'])
  expect(JSON.stringify([...(stage.zimbra.account(name)?.attributes ?? [])])).toBe(before)
})

test('an address that any account, alias, list or resource of the domain bears is given to nobody', async () => {
  const { domain } = stage.zimbra
  const at = (name: string) => `ada.${name}@etu.sorbonne-universite.fr`
  domain.addAlias(domain.create(at('staff'), new Map([['zimbraIsAdminAccount', ['TRUE']]])).id, at('alias'))
  domain.others.set(at('list'), { id: 'list', kind: 'dl' })
  domain.others.set(at('room'), { id: 'room', kind: 'calresource' })
  const names = ['STAFF', 'ALIAS', 'LIST', 'ROOM']
  const students = names.map((birthName) => enrolled(freshNumber(), { firstName: 'ADA', birthName }))
  await settled(stage, students)
  expect(await Promise.all(students.map(({ person }) => mailOf(person.number)))).toEqual(
    names.map((name) => `ada.${name.toLowerCase()}.1@etu.sorbonne-universite.fr`),
  )
})

test('a list that takes an address after it was given holds the mailbox, until it gives way', async () => {
  const number = freshNumber()
  const name = 'ada.byron@etu.sorbonne-universite.fr'
  await passOver(stage, [enrolled(number, { firstName: 'ADA', birthName: 'BYRON' })])
  stage.zimbra.domain.others.set(name, { id: 'list', kind: 'dl' })
  await activate(stage, number)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'held'])
  stage.zimbra.domain.others.delete(name)
  await pass(stage.rooms)
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(allSettled)
  expect(stage.zimbra.account(name)).not.toBeNull()
})

test('a mailbox that somebody deleted is made again; what somebody changed is put right, and what is not ours stays', async () => {
  const [gone, changed] = [freshNumber(), freshNumber()]
  await settled(stage, [enrolled(gone), enrolled(changed)])
  stage.zimbra.domain.remove(stage.zimbra.account(await mailOf(gone))?.id ?? '')
  stage.zimbra.change(await mailOf(changed), { displayName: 'Somebody', zimbraNotes: 'VIP' })
  await pass(stage.rooms)
  expect(await box(gone)).toMatchObject({ zimbraPrefMailForwardingAddress: own(gone) })
  expect(await box(changed)).toMatchObject({
    displayName: expect.stringContaining('Ada') as string,
    zimbraNotes: 'VIP',
  })
})

test('a mailbox that Zimbra itself has shut for a while, or that is being moved, is left to it', async () => {
  const [guessed, moving] = [freshNumber(), freshNumber()]
  await settled(stage, [enrolled(guessed), enrolled(moving)])
  stage.zimbra.change(await mailOf(guessed), { zimbraAccountStatus: 'lockout' })
  stage.zimbra.change(await mailOf(moving), { zimbraAccountStatus: 'maintenance' })
  await pass(stage.rooms)
  expect(await box(guessed)).toMatchObject({ zimbraAccountStatus: 'lockout' })
  await passOver(stage, [enrolled(guessed, { state: 'A' }), enrolled(moving, { state: 'A' })])
  expect(await box(guessed)).toMatchObject({ zimbraAccountStatus: 'locked' })
  expect(await box(moving)).toMatchObject({ zimbraAccountStatus: 'maintenance' })
  stage.zimbra.change(await mailOf(moving), { zimbraAccountStatus: 'active' })
  await pass(stage.rooms)
  expect(await box(moving)).toMatchObject({ zimbraAccountStatus: 'locked' })
})
