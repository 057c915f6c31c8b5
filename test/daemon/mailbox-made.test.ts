import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import type { Target } from '../../daemon/target/target.ts'
import { formatTime } from '../../ldap-protocol/generalized-time.ts'
import { systemClock } from '../../platform/clock.ts'
import { settlementOf } from '../../registry/settlements.ts'
import { activate, passOver, settleAll, standings } from '../run/acts.ts'
import { mailboxesAt } from '../run/mailboxes.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

/** A house whose mailboxes Zimbra makes by itself, from the primary directory. */
let stage: Stage
let mailboxes: Target
beforeAll(async () => {
  const opened = await openStage({ mailboxes: true })
  const others = opened.rooms.targets.filter(({ name }) => name !== 'mailbox')
  mailboxes = mailboxesAt(opened.zimbra, {
    registry: opened.rooms.registry,
    clock: systemClock,
    createdBy: 'zimbra',
  })
  const rooms: Rooms = { ...opened.rooms, targets: [...others, mailboxes] }
  stage = { ...opened, rooms, zimbra: opened.zimbra, afresh: () => opened.afresh() }
})
afterAll(async () => {
  await mailboxes.close()
  await stage[Symbol.asyncDispose]()
})
beforeEach(() => stage.afresh())

const domain = 'etu.sorbonne-universite.fr'
const ada = (number: string) => enrolled(number, { firstName: 'ADA', birthName: 'BYRON' })

/** What Zimbra does at its next poll: whoever the filter of docs/zimbra.md finds gets a mailbox, called as told. */
async function provision(
  call: (entry: { uid: string; mail: string }) => string,
  number: string,
): Promise<boolean> {
  const entry = await stage.directory('primary').entry(number)
  const states = [entry?.['supannRessourceEtatDate'] ?? []].flat().map(String)
  const isWanted =
    states.some((state) => state.startsWith('{COMPTE}A:')) &&
    !states.some((state) => state.startsWith('{MAIL}'))
  if (!isWanted) return false
  const { uid, mail } = entry as unknown as { uid: string; mail: string }
  stage.zimbra.domain.create(call({ uid, mail }), new Map(), formatTime(stage.clock.now()))
  return true
}

async function later(): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    stage.clock.move(6 * minute)
    await settleAll(stage)
  }
}

test.each([
  ['the number, which is the login', ({ uid }: { uid: string }) => `${uid}@${domain}`],
  ['the address, where the site has an attribute for it', ({ mail }: { mail: string }) => mail],
])('a mailbox that Zimbra made and called %s becomes the student’s, under their address', async (_, call) => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  await activate(stage, number)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'unsettled'])
  expect(await provision(call, number)).toBe(true)
  await later()
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'settled'])
  const account = stage.zimbra.account(`ada.byron@${domain}`)
  expect(account?.name).toBe(`ada.byron@${domain}`)
  expect(account?.attributes.get('zimbraPrefMailForwardingAddress')).toEqual([`p${number}@example.org`])
  expect(stage.zimbra.domain.accounts.size).toBe(1)
  expect(stage.zimbra.done).not.toContain('CreateAccount')
  // The directory says so, and Zimbra makes no second one.
  expect(await provision(call, number)).toBe(false)
})

test('one that Zimbra made before we first looked is found by the listing, and is the student’s too', async () => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  const others = stage.rooms.targets.filter(({ name }) => name !== 'mailbox')
  await activate({ ...stage, rooms: { ...stage.rooms, targets: others } }, number)
  expect(await provision(({ mail }) => mail, number)).toBe(true)
  await pass(stage.rooms)
  await later()
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled', 'settled'])
})

test('an account that is older than the activation is somebody’s, and stays untouched', async () => {
  const number = freshNumber()
  await passOver(stage, [ada(number)])
  const { id } = stage.zimbra.domain.create(`ada.byron@${domain}`, new Map())
  await activate(stage, number)
  await later()
  expect((await settlementOf(stage.rooms.registry.db, 'mailbox', number))?.code).toBe('TARGET_CONFLICT')
  expect(stage.zimbra.account(`ada.byron@${domain}`)?.id).toBe(id)
  expect(stage.zimbra.done).not.toContain('ModifyAccount')
})
