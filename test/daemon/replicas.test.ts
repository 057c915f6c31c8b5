import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Attribute, Change as HandChange, type Client } from 'ldapts'
import { serviceDn, suffixOf } from '../../bin/first-entries.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import type { Lane, Target } from '../../daemon/target/target.ts'
import type { Change } from '../../domain/entry.ts'
import { upmc } from '../../domain/profiles/upmc.ts'
import { systemClock } from '../../platform/clock.ts'
import { eventually } from '../run/eventually.ts'
import { readLdif } from '../run/servers/ldif.ts'
import { localClient, servicePassword, startSlapd, type Slapd } from '../run/servers/slapd.ts'

vi.setConfig({ testTimeout: 120_000 })

/** A provider that we write, and what follows it: one consumer by syncrepl, one by delta-syncrepl from its log of
 *  accesses. Whatever the provider refuses must not come to be anywhere. */
const suffix = suffixOf(upmc.base)
const replicator = `cn=replicator,${suffix}`
const root = `rootdn "${replicator}"\nrootpw ${servicePassword}`
const dnOf = (number: string) => `uid=${number},${upmc.base}`

let provider: Slapd
const consumers: Slapd[] = []
let target: Target
let lane: Lane
let hand: Client

beforeAll(async () => {
  provider = await startSlapd(upmc.base, {
    more: {
      modules: ['syncprov', 'accesslog'],
      before: `database mdb
suffix cn=accesslog
directory FOLDER/log
maxsize 104857600
rootdn "${replicator}"
dbnosync
index default eq
index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN
overlay syncprov
syncprov-nopresent TRUE
syncprov-reloadhint TRUE
`,
      within: root,
      after: `overlay syncprov
overlay accesslog
logdb cn=accesslog
logops writes
logsuccess TRUE`,
    },
  })
  const following = (rid: string, how: string) => ({
    empty: true,
    more: {
      within: `${root}
syncrepl rid=${rid} provider=${provider.url} type=refreshAndPersist searchbase="${suffix}"
  bindmethod=simple binddn="${replicator}" credentials=${servicePassword} retry="1 +" ${how}
updateref ${provider.url}`,
    },
  })
  const byLog =
    'syncdata=accesslog logbase="cn=accesslog" logfilter="(&(objectClass=auditWriteObject)(reqResult=0))"'
  consumers.push(await startSlapd(upmc.base, following('001', '')))
  consumers.push(await startSlapd(upmc.base, following('002', byLog)))
  target = createLdapTarget({
    profile: upmc,
    url: provider.url,
    bindDn: serviceDn('matricule', upmc.base),
    password: servicePassword,
    mode: 'write',
    startTls: false,
    timeoutMs: 5_000,
    clock: systemClock,
    window: 32,
  })
  lane = target.lane('nudge')
  hand = localClient(provider.local)
  await hand.bind(serviceDn('matricule', upmc.base), servicePassword)
})
afterAll(async () => {
  await hand.unbind()
  await target.close()
  for (const each of [...consumers, provider]) await each[Symbol.asyncDispose]()
})

const entry = (number: string, facts: Readonly<Record<string, readonly string[]>> = {}): Change => ({
  kind: 'add',
  id: number,
  dn: dnOf(number),
  attributes: { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Ada'], sn: ['Lovelace'], ...facts },
})
const stand = () => ''

/** Entries in order, and the lines of each in order. */
async function sorted({ local }: Slapd): Promise<string> {
  const entries = (await readLdif(local, upmc.base)).trim().split('\n\n')
  return entries
    .map((each) => each.split('\n').sort().join('\n'))
    .sort()
    .join('\n\n')
}

/** Writes something that must arrive, and compares everything when it has. */
async function everywhereTheSame(mark: string): Promise<void> {
  await lane.apply({ kind: 'modify', id: '1', dn: dnOf('21100001'), replace: { displayName: [mark] } }, null)
  const wanted = await sorted(provider)
  expect(wanted).toContain(mark)
  for (const consumer of consumers) {
    const there = await eventually('the mark to arrive', async () => {
      const found = await sorted(consumer).catch(() => '')
      return found.includes(mark) && found
    })
    expect(there, mark).toBe(wanted)
  }
}

test('a refused change leaves the provider and both consumers equal, to the byte', async () => {
  for (const number of ['21100001', '21100002']) await lane.apply(entry(number), null)
  await everywhereTheSame('before any refusal')
  const [seen = null] = await lane.read('21100002', stand)
  const newer = new Attribute({ type: 'displayName', values: ['Newer'] })
  await hand.modify(dnOf('21100002'), new HandChange({ operation: 'replace', modification: newer }))

  const modify = (replace: Readonly<Record<string, readonly string[]>>): Change => ({
    kind: 'modify',
    id: '21100002',
    dn: dnOf('21100002'),
    replace,
  })
  const stale = { found: seen, stand }
  const refused: [string, number, Change, typeof stale?][] = [
    ['a stale modify', 122, modify({ displayName: ['Stale'] }), stale],
    ['a stale rename', 122, { kind: 'rename', id: '2', dn: dnOf('21100002'), to: dnOf('21100009') }, stale],
    ['a stale removal', 122, { kind: 'remove', id: '2', dn: dnOf('21100002') }, stale],
    ['an add of what is there', 68, entry('21100002')],
    ['a name that is taken', 68, { kind: 'rename', id: '2', dn: dnOf('21100002'), to: dnOf('21100001') }],
    ['an unknown attribute', 17, modify({ displayName: ['Half'], shoeSize: ['38'] })],
    ['what a class needs', 65, modify({ displayName: ['Half'], sn: [] })],
    ['a value of another syntax', 21, modify({ displayName: ['Half'], secretary: ['no name'] })],
    [
      'two values of what has one',
      19,
      modify({ displayName: ['Half', 'and half'], preferredLanguage: ['fr', 'en'] }),
    ],
    ['a removal of what is not there', 32, { kind: 'remove', id: '3', dn: dnOf('21100003') }],
    [
      'a removal of what is not ours to remove',
      50,
      { kind: 'remove', id: '4', dn: `cn=cas,ou=services,${suffix}` },
    ],
  ]
  for (const [what, resultCode, change, from] of refused) {
    const applied = lane.apply(change, null, from ?? { found: null, stand })
    await expect(applied, what).rejects.toMatchObject({ details: { resultCode } })
    await everywhereTheSame(`after ${what}`)
  }
  await lane.apply({ kind: 'remove', id: '2', dn: dnOf('21100002') }, null)
  await everywhereTheSame('after a removal')
})
