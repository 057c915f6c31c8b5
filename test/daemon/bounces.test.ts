import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { explain } from '../../bin/explain.ts'
import { createImapMailbox, type BounceMailbox } from '../../daemon/bounce/mailbox.ts'
import { recordBounces } from '../../daemon/bounce/record.ts'
import { deliver } from '../../daemon/letter/deliver.ts'
import { pass } from '../../daemon/pass.ts'
import { systemClock } from '../../platform/clock.ts'
import { loadSettings } from '../../platform/settings.ts'
import { listed } from '../../registry/lists.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { startDovecot, type Dovecot } from '../run/servers/dovecot.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { reportOf, type ReportFacts } from './reports.ts'

const settings = loadSettings({ env: {}, cwd: '/' })
let stage: Stage
let dovecot: Dovecot
let mailbox: BounceMailbox
beforeAll(async () => {
  stage = await openStage()
  dovecot = await startDovecot()
  mailbox = mailboxAt(dovecot.url)
})
afterAll(async () => {
  await dovecot[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await stage.afresh()
  await dovecot.empty()
})

const folders = { handled: 'Matricule', aside: 'Matricule-set-aside' }
function mailboxAt(url: string, visitMs = 20_000): BounceMailbox {
  return createImapMailbox({ url, folder: 'INBOX', folders, visitMs, inClear: false, clock: systemClock })
}

/** Somebody whose invitation has left, and what a report of it says. */
async function written(): Promise<{ number: string; address: string; id: string; facts: ReportFacts }> {
  const number = freshNumber()
  await stage.drop([enrolled(number)])
  await pass(stage.rooms)
  await deliver(stage.rooms, 100)
  const { id, address } = await letterOf(number)
  const { messageId } = stage.mail.to(address ?? '')[0] ?? { messageId: '' }
  return { number, address: address ?? '', id, facts: { messageId, recipient: address ?? '' } }
}

const letterOf = (number: string) =>
  stage.rooms.registry.db
    .selectFrom('letter')
    .selectAll()
    .where('number', '=', number)
    .where('kind', '=', 'invitation')
    .executeTakeFirstOrThrow()
const record = (box = mailbox) => recordBounces(stage.rooms, box)
const where = async () => ({
  waiting: await dovecot.count('INBOX'),
  handled: await dovecot.count(folders.handled),
  aside: await dovecot.count(folders.aside),
})
const acts = async (number: string) =>
  stage.rooms.registry.db
    .selectFrom('audit')
    .select('facts')
    .where('number', '=', number)
    .where('action', '=', 'letter-bounced')
    .execute()

test('a letter that came back says so to the helpdesk, to the registrar and in the trail', async () => {
  const { number, address, facts } = await written()
  await dovecot.deliver(reportOf(facts))
  expect(await record()).toBe(1)
  expect(await letterOf(number)).toMatchObject({ state: 'bounced', reason: '5.1.1' })
  expect(await where()).toEqual({ waiting: 0, handled: 1, aside: 0 })
  expect(await acts(number)).toEqual([{ facts: { kind: 'invitation', status: '5.1.1' } }])
  const { data } = await explain.run({ settings, rooms: stage.rooms, daemon: null }, { number })
  expect(data).toMatchObject({
    letters: [{ kind: 'invitation', state: 'bounced' }],
    why: expect.stringContaining("corriger l'adresse") as string,
  })
  expect(await listed(stage.rooms.registry.db, 'invalid-addresses')).toMatchObject([
    { number, state: 'bounced', address, reason: 'le dernier courriel en est revenu' },
  ])
  expect(await stage.rooms.metrics.text()).toContain(
    'matricule_letters_total{kind="invitation",result="bounced"} 1',
  )
})

test('the letter goes out again as soon as the address is corrected, and a late report of the former one changes nothing', async () => {
  const { number, facts } = await written()
  await dovecot.deliver(reportOf(facts))
  await record()
  stage.clock.move(hour)
  await stage.drop([enrolled(number, { fixedAddress: `corrected${number}@example.org` })])
  await pass(stage.rooms)
  await deliver(stage.rooms, 100)
  expect(stage.mail.to(`corrected${number}@example.org`)).toHaveLength(1)
  expect(await listed(stage.rooms.registry.db, 'invalid-addresses')).toEqual([])
  await dovecot.deliver(reportOf(facts))
  await record()
  expect((await letterOf(number)).state).toBe('sent')
  expect(await where()).toEqual({ waiting: 0, handled: 1, aside: 1 })
})

test('said twice it is recorded once, also when the one who read it died before it was moved', async () => {
  const { number, facts } = await written()
  await dovecot.deliver(reportOf(facts))
  // The transaction is through, and the connection is gone: what a killed process leaves behind.
  const cut: BounceMailbox = {
    empty: (count, read) =>
      mailbox.empty(count, async (source) => {
        await read(source)
        dovecot.jolt()
        throw new Error('killed')
      }),
  }
  await expect(record(cut)).rejects.toThrow('killed')
  expect((await letterOf(number)).state).toBe('bounced')
  expect(await where()).toEqual({ waiting: 1, handled: 0, aside: 0 })
  await dovecot.deliver(reportOf(facts))
  expect(await record()).toBe(2)
  expect(await where()).toEqual({ waiting: 0, handled: 2, aside: 0 })
  expect(await acts(number)).toHaveLength(1)
})

test('a report that is delayed, forged, malformed or enormous marks no letter, and waits for a person where it must', async () => {
  const { number, facts } = await written()
  stage.rooms.metrics.bounces.reset()
  await dovecot.deliver(reportOf({ ...facts, action: 'delayed', status: '4.4.1' }))
  const forged = (facts.messageId ?? '').replace(/^<[0-9a-f]{8}/, '<00000000')
  await dovecot.deliver(reportOf({ ...facts, messageId: forged }))
  await dovecot.deliver(reportOf({ ...facts, recipient: 'somebody.else@example.org' }))
  await dovecot.deliver('Subject: Out of office\r\n\r\nJe suis en vacances.\r\n')
  await dovecot.deliver(Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x0d, 0x0a, 0x80]))
  await dovecot.deliver(`Subject: huge\r\n\r\n${'x'.repeat(5_000_000)}`)
  expect(await record()).toBe(6)
  expect((await letterOf(number)).state).toBe('sent')
  expect(await where()).toEqual({ waiting: 0, handled: 1, aside: 5 })
  const text = await stage.rooms.metrics.text()
  for (const [result, count] of [
    ['delayed', 1],
    ['not-ours', 1],
    ['elsewhere', 1],
    ['unreadable', 3],
  ] as const)
    expect(text).toContain(`matricule_bounces_total{result="${result}"} ${count}`)
})

test('a letter that names itself in its return path is found by it', async () => {
  const returnPath = 'retours+{letter}@example.org'
  const { letters } = stage.rooms.rules
  const rooms = stage.under({ letters: { ...letters, returnPath } })
  const number = freshNumber()
  await stage.drop([enrolled(number)])
  await pass(rooms)
  await deliver(rooms, 100)
  const { id } = await letterOf(number)
  expect(stage.mail.received[0]?.from).toBe(`retours+${id}@example.org`)
  await dovecot.deliver(reportOf({ to: `retours+${id}@example.org` }))
  await recordBounces(rooms, mailbox)
  expect((await letterOf(number)).state).toBe('bounced')
})

test('a mailbox that refuses us, is not there or stands still ends in one code, and nothing is lost', async () => {
  const { number, facts } = await written()
  await dovecot.deliver(reportOf(facts))
  const refused = { code: 'BOUNCES_UNREADABLE', transient: true }
  await expect(record(mailboxAt(dovecot.url.replace('secret', 'wrong')))).rejects.toMatchObject(refused)
  await expect(record(mailboxAt('imap://matricule:secret@127.0.0.1:1'))).rejects.toMatchObject(refused)
  await dovecot.freeze()
  await expect(record(mailboxAt(dovecot.url, 300))).rejects.toMatchObject(refused)
  await dovecot.thaw()
  expect(await record()).toBe(1)
  expect((await letterOf(number)).state).toBe('bounced')
})
