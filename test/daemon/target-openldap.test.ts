import fc from 'fast-check'
import { Attribute, Change, ResultCodeError, type Client } from 'ldapts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { serviceDn, suffixOf, type ServiceAccount } from '../../bin/first-entries.ts'
import { pass } from '../../daemon/pass.ts'
import { planOne } from '../../daemon/plan.ts'
import { generateUniversity } from '../../demo/generate.ts'
import { hasEntry, type Holder } from '../../domain/profile.ts'
import { anyHolder, graceRight, holder, noRight, person, site } from '../domain/people.ts'
import { activate, passOver, passwords, standings } from '../run/acts.ts'
import type { TestDirectory } from '../run/directories.ts'
import { localClient, servicePassword } from '../run/servers/slapd.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap' })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const names = ['primary', 'paris-sorbonne', 'upmc']
const verifier = '{SSHA}of nothing that anybody knows'

/** Writes the entry of a holder as apply does, and reads it back as settle does: the changes that are still due. */
async function writtenAndRead({ profile, target }: TestDirectory, given: Holder): Promise<unknown[]> {
  const desired = profile.entry(given, site)
  if (desired === null) return []
  const lane = target.lane('pass')
  // Whatever stands in `userPassword` was ours, as far as a plan can see.
  const stand = () => given.verifiers[profile.scheme] ?? ''
  await lane.apply({ kind: 'add', ...desired }, verifier)
  const [found, ...more] = await lane.read(desired.id, stand)
  expect(more).toEqual([])
  if (found === undefined) return ['not found']
  const actual = { id: desired.id, dn: found.dn, attributes: found.attributes }
  const due = planOne(target.respell(desired, found), actual, profile.managed)
  await lane.apply({ kind: 'remove', id: desired.id, dn: found.dn }, null)
  return due
}

describe.each(names)('what %s must say', (name) => {
  keepsTheirs(() => stage)
  test.each<[string, Partial<Holder>]>([
    ['of nobody special', {}],
    ['with accents', { person: person({ birthName: 'LEFÈVRE-CŒURDEROY', firstName: 'ÉLÉONORE LŒTITIA' }) }],
    ['in another script', { person: person({ birthName: 'العربي', firstName: 'مريم' }) }],
    ['without first name', { person: person({ firstName: null }) }],
    ['without any name', { person: person({ birthName: '', firstName: null }) }],
    ['with what a filter or a name would read', { person: person({ birthName: 'O=,+"\\<>;#*()', firstName: ' A ' }) }],
    ['without INE, sex or birth date', { person: person({ ine: null, sex: null, birthDate: null }) }],
    ['without enrolment', { enrolments: [] }],
    ['without password', { verifiers: {} }],
    ['in grace', { right: graceRight, graceUntil: '2026-11-30' }],
    ['suspended', { state: 'suspended', right: noRight }],
    ['closed', { state: 'closed', right: noRight, mail: null, personalAddress: null }],
    ['locked', { locked: true }],
  ])('%s is taken as it is', async (_who, differs) => {
    expect(await writtenAndRead(stage.directory(name), holder(differs))).toEqual([])
  }) // prettier-ignore

  test('of anybody is taken as it is', async () => {
    const directory = stage.directory(name)
    await fc.assert(
      fc.asyncProperty(anyHolder.filter(hasEntry), async (given) => {
        expect(await writtenAndRead(directory, given)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

test('every hard case of a university is settled everywhere, and then nothing is left to do', async () => {
  const records = generateUniversity({ students: 20, seed: 'openldap', today: '2026-09-15' })
  await passOver(stage, records)
  const waiting = await stage.rooms.registry.db
    .selectFrom('account')
    .select('number')
    .where('state', '=', 'invited')
    .execute()
  const able: string[] = []
  for (const { number } of waiting) {
    const activated = await activate(stage, number).catch(() => null)
    if (activated !== null) able.push(number)
  }
  expect(able.length).toBeGreaterThan(8)
  for (const number of able) {
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
    expect(await stage.bind(number, passwords.wrong)).toEqual([false, false, false])
  }
  const stamps = async () => {
    const entries = stage.directories.flatMap((each) => able.map((number) => each.entry(number)))
    return (await Promise.all(entries)).map((entry) => entry?.['entryCSN'])
  }
  const before = await stamps()
  await pass(stage.rooms)
  await pass(stage.rooms)
  expect(await stamps()).toEqual(before)
  // Each with the scheme of its directory, checked by OpenLDAP itself.
  const [first = ''] = able
  const schemes = ['{ARGON2}$argon2id$', '{SSHA}', '{SSHA512}']
  for (const [index, directory] of stage.directories.entries()) {
    expect(String((await directory.entry(first))?.['userPassword'])).toContain(schemes[index])
  }
})

/** The result code of an operation. */
async function code(operation: Promise<unknown>): Promise<number> {
  try {
    await operation
    return 0
  } catch (error) {
    if (error instanceof ResultCodeError) return error.code
    throw error
  }
}

const replace = (type: string, value: string) =>
  new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) })

describe.each(names)('the access rules of %s', (name) => {
  const ada = '21100001'
  const bob = '21100002'
  let directory: TestDirectory
  let dn: (number: string) => string
  const clients: Client[] = []

  beforeEach(async () => {
    directory = stage.directory(name)
    dn = (number) => `uid=${number},${directory.profile.base}`
    const { [directory.profile.scheme as 'ssha']: stored = '' } = await stage.house.verifiers.make(
      passwords.first,
    )
    for (const number of [ada, bob]) {
      const names = { uid: [number], cn: ['Ada'], sn: ['Lovelace'], mail: [`${number}@example.org`] }
      await directory.add(dn(number), { objectClass: ['inetOrgPerson'], ...names, userPassword: [stored] })
    }
  })
  afterAll(() => Promise.all(clients.map((client) => client.unbind())))

  async function as(who: string | null, password = servicePassword): Promise<Client> {
    const client = localClient(directory.slapd?.local ?? '')
    clients.push(client)
    if (who !== null) await client.bind(who, password)
    return client
  }
  const service = (account: ServiceAccount) => as(serviceDn(account, directory.profile.base))
  const seen = async (client: Client, filter = '(objectClass=*)', attributes = ['*', '+']) =>
    (await client.search(suffixOf(directory.profile.base), { filter, attributes })).searchEntries

  test('let cn=matricule keep people and their verifiers, and nothing else', async () => {
    const client = await service('matricule')
    const [entry] = await seen(client, `(uid=${ada})`)
    expect(entry?.['userPassword']).toBeDefined()
    expect(await code(client.modify(dn(ada), replace('sn', 'Byron')))).toBe(0)
    expect(await code(client.modify(dn(ada), replace('userPassword', verifier)))).toBe(0)
    expect(await code(client.modifyDN(dn(ada), `cn=Ada,${directory.profile.base}`))).toBe(0)
    expect(await code(client.del(`cn=Ada,${directory.profile.base}`))).toBe(0)
    const cas = serviceDn('cas', directory.profile.base)
    expect(await code(client.modify(cas, replace('userPassword', 'taken over')))).toBe(50)
    expect(await code(client.del(cas))).toBe(50)
    expect((await seen(client, '(cn=cas)'))[0]?.['userPassword']).toBeUndefined()
  })

  test.each(['cas', 'zimbra'] as const)(
    'let cn=%s find and read people, never a verifier',
    async (account) => {
      const client = await service(account)
      const found = await seen(client, `(mail=${ada}@example.org)`)
      expect(found.map((entry) => entry.dn)).toEqual([dn(ada)])
      expect(found[0]?.['userPassword']).toBeUndefined()
      expect(await seen(client, '(userPassword=*)')).toEqual([])
      expect(await code(client.compare(dn(ada), 'userPassword', verifier))).toBe(50)
      expect(await code(client.modify(dn(ada), replace('sn', 'Byron')))).toBe(50)
      expect(await code(client.del(dn(ada)))).toBe(50)
    },
  )

  test('let students read their own entry and nobody else’s, and write nothing', async () => {
    const client = await as(dn(ada), passwords.first)
    const own = await client.search(dn(ada), { scope: 'base', attributes: ['*', '+'] })
    expect(own.searchEntries[0]).toMatchObject({ uid: ada, sn: 'Lovelace' })
    expect(own.searchEntries[0]?.['userPassword']).toBeUndefined()
    expect(await code(client.search(dn(bob), { scope: 'base' }))).toBe(32)
    expect(await code(client.compare(dn(bob), 'sn', 'Lovelace'))).not.toBe(0)
    expect(await code(client.modify(dn(ada), replace('sn', 'Byron')))).toBe(50)
    expect(await code(client.modify(dn(ada), replace('userPassword', 'mine')))).toBe(50)
    // Password Modify (RFC 3062): SEQUENCE { newPasswd [2] }.
    const wanted = Buffer.from('mine')
    const value = Buffer.from([0x30, wanted.length + 2, 0x82, wanted.length, ...wanted])
    expect(await code(client.exop('1.3.6.1.4.1.4203.1.11.1', value))).toBe(50)
    await as(dn(ada), passwords.first)
  })

  test('let anybody see what the server can and its schema, and nobody’s entry', async () => {
    const client = await as(null)
    const [root] = (await client.search('', { scope: 'base', attributes: ['+'] })).searchEntries
    expect(root?.['namingContexts']).toBe(suffixOf(directory.profile.base))
    const schema = await client.search('cn=Subschema', { scope: 'base', attributes: ['objectClasses'] })
    expect(String(schema.searchEntries[0]?.['objectClasses'])).toContain("NAME 'supannPerson'")
    expect(await code(client.search(dn(ada), { scope: 'base' }))).toBe(32)
    expect(await code(seen(client))).toBe(32)
    expect(await code(client.modify(dn(ada), replace('sn', 'Byron')))).not.toBe(0)
  })

  test('give cn=matricule everybody, page by page, and others no more than 500 at once', async () => {
    const numbers = Array.from({ length: 520 }, (_, index) => String(21_700_000 + index))
    const entry = (number: string) => ({ uid: [number], cn: ['Ada'], sn: ['Lovelace'] })
    await Promise.all(
      numbers.map((number) =>
        directory.add(dn(number), {
          objectClass: directory.profile.objectClasses,
          ...entry(number),
        }),
      ),
    )
    // OpenLDAP acknowledges a write before its contextCSN has passed it, and a sync stops there: the very last of many
    // concurrent ones come with the next reading.
    await vi.waitFor(async () => {
      const found: string[] = []
      for await (const sightings of directory.target.scan())
        found.push(...sightings.flatMap(({ number }) => number ?? []))
      expect(found).toEqual(expect.arrayContaining(numbers))
      expect(new Set(found).size).toBe(found.length)
    }, 10_000)
    expect(await code(seen(await service('cas')))).toBe(4)
  })
})
