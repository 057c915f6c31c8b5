import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import { readPage, readReadEntry, writePage } from '../../ldap-protocol/controls.ts'
import { writeFilter } from '../../ldap-protocol/filter.ts'
import { parseFilter } from '../../ldap-protocol/filter-text.ts'
import type { Attribute, ChangeKind, Control, Request } from '../../ldap-protocol/message.ts'
import { control, extension } from '../../ldap-protocol/oids.ts'
import { ada, bob, people, start, suffix, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

let server: Awaited<ReturnType<typeof start>>
let wire: Wire
beforeAll(async () => {
  server = await start()
  wire = await Wire.open(server.port)
  expect(await wire.bind(writer, 'demo')).toBe(0)
})
afterAll(async () => {
  wire.close()
  await server.directory.close()
})

const attribute = (type: string, ...values: string[]): Attribute => ({
  type,
  values: values.map((value) => Buffer.from(value)),
})
const add = (dn: string, ...attributes: Attribute[]): Request => ({ kind: 'add', dn, attributes })
const account = (uid: string, ...more: Attribute[]): Request =>
  add(`uid=${uid},${people}`, attribute('objectClass', 'account'), attribute('uid', uid), ...more)
const modify = (dn: string, ...changes: [ChangeKind | null, string, ...string[]][]): Request => ({
  kind: 'modify',
  dn,
  changes: changes.map(([operation, type, ...values]) => ({
    operation,
    attribute: attribute(type, ...values),
  })),
})
const rename = (
  dn: string,
  newRdn: string,
  newSuperior: string | null = null,
  deleteOldRdn = true,
): Request => ({
  kind: 'rename',
  dn,
  newRdn,
  deleteOldRdn,
  newSuperior,
})
const remove = (dn: string): Request => ({ kind: 'delete', dn })
const compare = (dn: string, type: string, value: string): Request => ({
  kind: 'compare',
  dn,
  type,
  value: Buffer.from(value),
})
const asserting = (filter: string): Control => {
  const to = new Writer()
  writeFilter(to, parseFilter(filter))
  return { oid: control.assertion, critical: true, value: to.take() }
}
const paged = (size: number, cookie: Buffer = Buffer.alloc(0)): Control => ({
  oid: control.pagedResults,
  critical: true,
  value: writePage(size, cookie),
})
const found = async (request: Request, controls: Control[] = []): Promise<string[]> =>
  (await wire.answers(wire.send(request, controls)))
    .map(({ operation }) => (operation.kind === 'entry' ? operation.dn : null))
    .filter((dn) => dn !== null)
const shown = async (request: Request): Promise<Record<string, string[]>> => {
  const [first] = await wire.answers(wire.send(request))
  if (first?.operation.kind !== 'entry') return {}
  return Object.fromEntries(first.operation.attributes.map(({ type, values }) => [type, values.map(String)]))
}

describe('binding', () => {
  const bindAs = async (
    name: string,
    password: string,
    version = 3,
  ): Promise<{ code: number; text: string }> => {
    const own = await Wire.open(server.port)
    const auth = { kind: 'simple', password: Buffer.from(password) } as const
    const { operation } = await own.ask({ kind: 'bind', version, name, auth })
    own.close()
    if (operation.kind !== 'result') throw new Error(operation.kind)
    return { code: operation.result.code, text: operation.result.message }
  }
  it.each([
    ['anonymously', '', '', 0],
    ['anonymously with a password', '', 'x', 49],
    ['with the right password', ada, '21100001', 0],
    [
      'by another spelling of the name',
      'UID=21100001 , OU=\\70eople,DC=Sorbonne-Universite,dc=FR',
      '21100001',
      0,
    ],
    ['with the wrong password', ada, 'x', 49],
    ['with an empty password', ada, '', 53],
    ['as nobody we know', `uid=1,${people}`, 'x', 49],
    ['as somebody elsewhere', 'cn=x,dc=elsewhere', 'x', 49],
    ['as an entry without password', people, 'x', 49],
    ['with a name that is none', 'nonsense', 'x', 34],
    ['with a NUL in the name', 'cn=a\0b', 'x', 34],
  ])('%s is answered as slapd does', async (_how, name, password, code) => {
    expect((await bindAs(name, password)).code).toBe(code)
  })

  it('by version 2 is refused with 2', async () => {
    expect((await bindAs(ada, '21100001', 2)).code).toBe(2)
  })

  it('tells nothing apart when it fails', async () => {
    expect(await bindAs(ada, 'wrong')).toEqual(await bindAs(`uid=404,${people}`, 'wrong'))
    expect((await bindAs(ada, 'wrong')).text).toBe('')
  })

  it('by a mechanism or in a way that nobody knows is 7', async () => {
    const own = await Wire.open(server.port)
    const bind = { kind: 'bind', version: 3, name: '' } as const
    expect(await own.code({ ...bind, auth: { kind: 'sasl', mechanism: 'X', credentials: null } })).toBe(7)
    expect(await own.code({ ...bind, auth: { kind: 'unknown' } })).toBe(7)
    own.close()
  })

  it('makes the connection anonymous first, and leaves it so when it fails', async () => {
    const own = await Wire.open(server.port)
    const whoAmI = async (): Promise<string> => {
      const { operation } = await own.ask({ kind: 'extended', oid: extension.whoAmI, value: null })
      return operation.kind === 'extended' ? String(operation.value) : ''
    }
    expect(await whoAmI()).toBe('')
    await own.bind('UID=21100001,OU=people,dc=sorbonne-universite,dc=fr', '21100001')
    expect(await whoAmI()).toBe(`dn:${ada}`)
    await own.bind(bob, 'wrong')
    expect(await whoAmI()).toBe('')
    own.close()
  })
})

describe('searching', () => {
  it.each([
    ['(uid=21100001)', 1],
    ['(UID=21100001)', 1],
    ['(objectClass=person)', 2],
    ['(!(nosuch=1))', 0],
    ['(&(objectClass=*))', 7],
    ['(&)', 7],
    ['(|)', 0],
    ['(cn=ADA*lace)', 1],
    ['(mail=*@etu.sorbonne-universite.fr)', 2],
    ['(|(uid=21100001)(uid=21100002))', 2],
    ['(&(uid=21100001)(sn=noyce))', 0],
    ['(hasSubordinates=TRUE)', 3],
    [`(entryDN=UID=21100001,${people})`, 1],
  ])('%s finds %i', async (filter, count) => {
    expect(await found(searchFor(suffix, filter))).toHaveLength(count)
  })

  it('has four scopes', async () => {
    expect(await found(searchFor(people, '(objectClass=*)', 'base'))).toEqual([people])
    expect(await found(searchFor(suffix, '(objectClass=*)', 'one'))).toHaveLength(2)
    expect(await found(searchFor(suffix))).toHaveLength(7)
    expect(await found(searchFor(suffix, '(objectClass=*)', 'children'))).toHaveLength(6)
  })

  it('finds the base however it is spelt', async () => {
    expect(await found(searchFor('UID=21100001 , ou=People,DC=Sorbonne-Universite,DC=FR'))).toEqual([ada])
  })

  it('names the nearest entry above a base that is not there', async () => {
    const { operation } = await wire.ask(searchFor(`uid=1,uid=2,${people}`))
    expect(operation).toMatchObject({ result: { code: 32, matchedDN: people } })
  })

  it('stops at the size asked for with 4, after that many entries', async () => {
    const answers = await wire.answers(
      wire.send(searchFor(suffix, '(objectClass=*)', 'subtree', { sizeLimit: 1 })),
    )
    expect(answers.map(({ operation }) => operation.kind)).toEqual(['entry', 'result'])
    expect(answers.at(-1)?.operation).toMatchObject({ result: { code: 4 } })
  })

  it('shows the attributes asked for, in the spelling of the schema', async () => {
    const named = await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['UID', '2.5.4.4', 'nosuch'] }))
    expect(named).toEqual({ uid: ['21100001'], sn: ['Lovelace'] })
    expect(await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['1.1'] }))).toEqual({})
    expect(Object.keys(await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['+'] })))).toContain(
      'entryUUID',
    )
    expect(Object.keys(await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['*'] })))).not.toContain(
      'entryUUID',
    )
    expect(Object.keys(await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['name'] })))).toEqual([
      'cn',
      'sn',
    ])
    expect(await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['sn'], typesOnly: true }))).toEqual({
      sn: [],
    })
    const byClass = await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['@person'] }))
    expect(Object.keys(byClass).sort()).toEqual(['cn', 'objectClass', 'sn', 'userPassword'])
  })

  it('keeps the operational attributes of every entry', async () => {
    const entry = await shown(searchFor(ada, '(uid=*)', 'base', { attributes: ['+'] }))
    expect(entry).toMatchObject({
      entryDN: [ada],
      hasSubordinates: ['FALSE'],
      structuralObjectClass: ['inetOrgPerson'],
      subschemaSubentry: ['cn=Subschema'],
    })
    expect(entry['entryCSN']?.[0]).toMatch(/^\d{14}\.\d{6}Z#000000#000#000000$/)
    expect(entry['entryUUID']?.[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(entry['createTimestamp']?.[0]).toMatch(/^\d{14}Z$/)
  })

  it('goes by pages, all entries once', async () => {
    const seen: string[] = []
    let cookie: Buffer = Buffer.alloc(0)
    for (let page = 0; page < 10; page++) {
      const answers = await wire.answers(wire.send(searchFor(suffix), [paged(3, cookie)]))
      for (const { operation } of answers) if (operation.kind === 'entry') seen.push(operation.dn)
      cookie = Buffer.from(readPage(answers.at(-1)?.controls[0]?.value ?? Buffer.alloc(0)).cookie)
      if (cookie.length === 0) break
      expect(answers).toHaveLength(4)
    }
    expect(new Set(seen).size).toBe(7)
    expect(seen).toHaveLength(7)
  })

  it('takes no cookie that it did not give on this connection for this search', async () => {
    expect(await wire.code(searchFor(suffix), [paged(2, Buffer.from('elsewhere'))])).toBe(2)
    const answer = await wire.ask(searchFor(suffix), [paged(2)])
    const { cookie } = readPage(answer.controls[0]?.value ?? Buffer.alloc(0))
    expect(await wire.code(searchFor(people), [paged(2, cookie)])).toBe(2)
  })

  it.each([
    [
      'a wrong paged results value',
      [{ oid: control.pagedResults, critical: true, value: Buffer.from('xx') }],
      2,
    ],
    ['an unknown critical control', [{ oid: '1.2.3.4', critical: true, value: null }], 12],
    ['an unknown control that is not critical', [{ oid: '1.2.3.4', critical: false, value: null }], 0],
    ['a control twice', [paged(1), paged(1)], 2],
  ])('with %s', async (_what, controls, code) => {
    const answers = await wire.answers(wire.send(searchFor(ada), controls))
    expect(answers.at(-1)?.operation).toMatchObject({ result: { code } })
    if (code !== 0) expect(answers).toHaveLength(1)
  })

  it('shows the root DSE and the schema to everybody', async () => {
    const own = await Wire.open(server.port)
    const [root] = await own.answers(
      own.send(searchFor('', '(objectClass=*)', 'base', { attributes: ['+'] })),
    )
    const text = JSON.stringify(root?.operation, (_key, value: unknown) =>
      (value as { type?: string } | null)?.type === 'Buffer' ? String(Buffer.from(value as Buffer)) : value,
    )
    for (const one of [suffix, control.pagedResults, extension.whoAmI, 'cn=Subschema', 'Matricule'])
      expect(text).toContain(one)
    expect(text).not.toContain(extension.startTls)
    expect(text).not.toContain(extension.passwordModify)
    const schema = await own.answers(
      own.send(searchFor('cn=subschema', '(objectClass=subschema)', 'base', { attributes: ['+'] })),
    )
    expect(schema).toHaveLength(2)
    expect(await own.code(searchFor('', '(objectClass=*)', 'one'))).toBe(32)
    own.close()
  })
})

describe('adding', () => {
  it.each<[string, Request, number]>([
    ['over what is there', add(ada, attribute('objectClass', 'account')), 68],
    ['under nothing', add(`uid=1,ou=none,${suffix}`, attribute('objectClass', 'account')), 32],
    ['elsewhere', add('uid=1,dc=elsewhere', attribute('objectClass', 'account')), 53],
    ['without class', add(`uid=9,${people}`, attribute('uid', '9')), 65],
    ['without structural class', add(`uid=9,${people}`, attribute('objectClass', 'top', 'posixAccount')), 65],
    [
      'with two structural classes',
      add(`uid=9,${people}`, attribute('objectClass', 'account', 'organization'), attribute('o', 'x')),
      65,
    ],
    ['without what the class requires', add(`cn=9,${people}`, attribute('objectClass', 'person')), 65],
    ['with what no class allows', account('9', attribute('sn', 'x')), 65],
    ['with an unknown attribute', account('9', attribute('nosuch', 'x')), 17],
    ['with an unknown class', add(`uid=9,${people}`, attribute('objectClass', 'nosuch')), 21],
    ['with a value that is wrong', account('9', attribute('description', '')), 21],
    ['with a value twice', account('9', attribute('host', 'a', 'A')), 20],
    [
      'with two values where one may be',
      add(`dc=9,${suffix}`, attribute('objectClass', 'domain'), attribute('dc', '9', '10')),
      19,
    ],
    [
      'with an operational attribute',
      account('9', attribute('entryUUID', '5d5c1f0c-0000-4000-8000-000000000000')),
      19,
    ],
    ['with an attribute without values', account('9', attribute('description')), 2],
    ['by a name that is none', add('nonsense', attribute('objectClass', 'account')), 34],
    ['by an attribute nobody knows', add(`nosuch=1,${people}`, attribute('objectClass', 'account')), 34],
  ])('%s is refused', async (_what, request, code) => {
    expect(await wire.code(request)).toBe(code)
  })

  it('completes the values of the name, and finds the entry by any order of its parts', async () => {
    const dn = `uid=x+host=Y,${people}`
    expect(await wire.code(add(dn, attribute('objectClass', 'account')))).toBe(0)
    expect(await found(searchFor(`HOST=y + UID=X,${people}`))).toEqual([`host=Y+uid=x,${people}`])
    expect(await wire.code(remove(`host=y+uid=x,${people}`))).toBe(0)
  })
})

describe('modifying', () => {
  it.each<[string, Request, number]>([
    ['an unknown entry', modify(`uid=1,${people}`, ['replace', 'sn', 'x']), 32],
    ['by adding what is there', modify(ada, ['add', 'sn', 'LOVELACE']), 20],
    ['by adding a value twice', modify(ada, ['add', 'title', 'a', 'A']), 20],
    ['by deleting what is not there', modify(ada, ['delete', 'title']), 16],
    ['by deleting a value that is not there', modify(ada, ['delete', 'sn', 'x']), 16],
    ['by deleting what is required', modify(ada, ['delete', 'sn']), 65],
    ['by deleting the name', modify(ada, ['delete', 'uid']), 64],
    ['by replacing the name', modify(ada, ['replace', 'uid', 'x']), 64],
    ['with an unknown attribute', modify(ada, ['replace', 'nosuch', 'x']), 17],
    ['with an attribute no class allows', modify(ada, ['replace', 'host', 'x']), 65],
    ['with a wrong value', modify(ada, ['replace', 'mail', 'é']), 21],
    [
      'to two values where one may be',
      modify(ada, ['add', 'displayName', 'a'], ['add', 'displayName', 'b']),
      19,
    ],
    ['an operational attribute', modify(ada, ['replace', 'modifyTimestamp', '20260101000000Z']), 19],
    ['to another structural class', modify(ada, ['replace', 'objectClass', 'account']), 69],
    ['to no class', modify(ada, ['delete', 'objectClass']), 65],
    ['by an unknown operation', modify(ada, [null, 'sn', 'x']), 2],
    ['by adding nothing', modify(ada, ['add', 'title']), 2],
    [
      'by adding to what cannot be compared',
      modify(ada, ['add', 'jpegPhoto', 'x'], ['add', 'jpegPhoto', 'y']),
      18,
    ],
    ['by increasing what is no number', modify(ada, ['increment', 'sn', '1']), 19],
    ['the root DSE', modify('', ['replace', 'cn', 'x']), 53],
    ['elsewhere', modify('dc=elsewhere', ['replace', 'dc', 'x']), 53],
  ])('%s is refused', async (_what, request, code) => {
    expect(await wire.code(request)).toBe(code)
  })

  it('does all or nothing, in order', async () => {
    expect(await wire.code(modify(ada, ['add', 'title', 'a'], ['delete', 'title', 'b']))).toBe(16)
    expect(await found(searchFor(ada, '(title=*)'))).toEqual([])
    expect(
      await wire.code(modify(ada, ['delete', 'sn'], ['add', 'sn', 'Byron'], ['add', 'title', 'Countess'])),
    ).toBe(0)
    expect(await found(searchFor(people, '(&(sn=byron)(title=countess))'))).toEqual([ada])
    expect(await wire.code(modify(ada, ['replace', 'sn', 'Lovelace'], ['replace', 'title']))).toBe(0)
    expect(await wire.code(modify(ada, ['replace', 'title']))).toBe(0)
  })

  it('increases numbers', async () => {
    const posix: [ChangeKind, string, ...string[]][] = [
      ['add', 'objectClass', 'posixAccount'],
      ['add', 'uidNumber', '7'],
      ['add', 'gidNumber', '1'],
      ['add', 'homeDirectory', '/'],
    ]
    expect(await wire.code(modify(bob, ...posix, ['increment', 'uidNumber', '-9']))).toBe(0)
    expect(await found(searchFor(people, '(uidNumber=-2)'))).toEqual([bob])
  })

  it('obeys an assertion: a stale entryCSN is 122 and changes nothing', async () => {
    const before =
      (await shown(searchFor(bob, '(uid=*)', 'base', { attributes: ['entryCSN'] })))['entryCSN']?.[0] ?? ''
    expect(await wire.code(modify(bob, ['replace', 'title', 'a']), [asserting(`(entryCSN=${before})`)])).toBe(
      0,
    )
    expect(await wire.code(modify(bob, ['replace', 'title', 'b']), [asserting(`(entryCSN=${before})`)])).toBe(
      122,
    )
    expect(await wire.code(rename(bob, 'uid=b'), [asserting(`(entryCSN=${before})`)])).toBe(122)
    expect(await wire.code(remove(bob), [asserting(`(entryCSN=${before})`)])).toBe(122)
    expect(await wire.code(remove(bob), [asserting('(nosuch=1)')])).toBe(122)
    expect(await found(searchFor(people, '(title=a)'))).toEqual([bob])
  })

  it('brings back the entry as it was and as it is', async () => {
    const names = new Writer().begin(0x30).text('title').end().take()
    const controls = [control.preRead, control.postRead].map((oid) => ({ oid, critical: true, value: names }))
    const answer = await wire.ask(modify(bob, ['replace', 'title', 'c']), controls)
    const read = answer.controls.map(({ value }) => readReadEntry(value ?? Buffer.alloc(0)))
    expect(read.map(({ attributes }) => String(attributes[0]?.values[0]))).toEqual(['a', 'c'])
  })
})

describe('comparing', () => {
  it.each<[string, Request, number]>([
    ['what is so', compare(ada, 'SN', ' lovelace '), 6],
    ['what is not', compare(ada, 'sn', 'x'), 5],
    ['an inherited class', compare(ada, 'objectClass', 'person'), 6],
    ['an attribute that is not there', compare(ada, 'title', 'x'), 16],
    ['an attribute nobody knows', compare(ada, 'nosuch', 'x'), 17],
    ['a value that is wrong', compare(ada, 'supannListeRouge', 'x'), 21],
    ['what cannot be compared', compare(ada, 'jpegPhoto', 'x'), 18],
    ['an entry that is not there', compare(`uid=1,${people}`, 'sn', 'x'), 32],
    ['by a name that is none', compare('nonsense', 'sn', 'x'), 34],
    ['the root DSE', compare('', 'supportedLDAPVersion', '3'), 18],
  ])('%s', async (_what, request, code) => {
    expect(await wire.code(request)).toBe(code)
  })
})

describe('renaming and deleting', () => {
  it.each<[string, Request, number]>([
    ['onto what is there', rename(ada, 'uid=21100002'), 68],
    ['to what is no name', rename(ada, 'nonsense'), 34],
    ['to two names', rename(ada, 'uid=a,uid=b'), 34],
    ['an entry that is not there', rename(`uid=1,${people}`, 'uid=2'), 32],
    ['under an entry that is not there', rename(ada, 'uid=21100001', `ou=none,${suffix}`), 32],
    ['elsewhere', rename(ada, 'uid=21100001', 'dc=elsewhere'), 71],
    ['under itself', rename(people, 'ou=people', ada), 53],
    ['to an attribute no class allows', rename(ada, 'host=x'), 65],
    ['deleting what has entries below', remove(people), 66],
    ['deleting what is not there', remove(`uid=1,${people}`), 32],
    ['deleting by a name that is none', remove('nonsense'), 34],
    ['deleting elsewhere', remove('dc=elsewhere'), 53],
  ])('%s is refused', async (_what, request, code) => {
    expect(await wire.code(request)).toBe(code)
  })

  it('keeps or drops the old name as asked, and the identity always', async () => {
    const identity = async (dn: string): Promise<string | undefined> =>
      (await shown(searchFor(dn, '(uid=*)', 'base', { attributes: ['entryUUID'] })))['entryUUID']?.[0]
    const before = await identity(ada)
    expect(await wire.code(rename(ada, 'uid=new', null, false))).toBe(0)
    const renamed = `uid=new,${people}`
    expect((await shown(searchFor(renamed)))['uid']).toEqual(['21100001', 'new'])
    expect(await identity(renamed)).toBe(before)
    expect(await wire.code(rename(renamed, 'uid=21100001'))).toBe(0)
    expect((await shown(searchFor(ada)))['uid']).toEqual(['21100001'])
    expect(await found(searchFor(suffix, '(uid=new)'))).toEqual([])
  })

  it('moves what lies below, found by its new name only', async () => {
    expect(await wire.code(rename(people, 'ou=folk'))).toBe(0)
    expect(await found(searchFor(suffix, '(uid=21100001)'))).toEqual([`uid=21100001,ou=folk,${suffix}`])
    expect(await wire.code(searchFor(people))).toBe(32)
    expect(await wire.code(rename(`ou=folk,${suffix}`, 'ou=people'))).toBe(0)
    expect(await found(searchFor(ada))).toEqual([ada])
  })
})

describe('extended operations', () => {
  it('that nobody knows are 2', async () => {
    expect(await wire.code({ kind: 'extended', oid: '1.2.3', value: null })).toBe(2)
    expect(await wire.code({ kind: 'extended', oid: extension.startTls, value: null })).toBe(2)
  })
})
