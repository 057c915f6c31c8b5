import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Request } from '../../ldap-protocol/message.ts'
import { extension } from '../../ldap-protocol/oids.ts'
import { Access } from '../../ldap-server/access.ts'
import { houseRules } from '../../ldap-server/access-house.ts'
import { Schema } from '../../ldap-protocol/schema.ts'
import { ada, bob, people, reader, schemaTexts, start, suffix, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

let server: Awaited<ReturnType<typeof start>>
const open: Wire[] = []
beforeAll(async () => {
  server = await start()
})
afterAll(async () => {
  for (const wire of open) wire.close()
  await server.directory.close()
})

const as = async (name: string, password: string): Promise<Wire> => {
  const wire = await Wire.open(server.port)
  open.push(wire)
  if (name !== '') expect(await wire.bind(name, password)).toBe(0)
  return wire
}
const entries = async (wire: Wire, request: Request): Promise<Record<string, string[]>> => {
  const answers = await wire.answers(wire.send(request))
  return Object.fromEntries(
    answers.flatMap(({ operation }) =>
      operation.kind === 'entry' ? [[operation.dn, operation.attributes.map(({ type }) => type)]] : [],
    ),
  )
}
const modify = (dn: string, type: string, value: string): Request => ({
  kind: 'modify',
  dn,
  changes: [{ operation: 'replace', attribute: { type, values: [Buffer.from(value)] } }],
})
const compare = (dn: string, type: string, value: string): Request => ({
  kind: 'compare',
  dn,
  type,
  value: Buffer.from(value),
})
const spellings = [
  ada,
  'UID=21100001,OU=PEOPLE,DC=SORBONNE-UNIVERSITE,DC=FR',
  ' uid = 21100001 , ou = people , dc = sorbonne-universite , dc = fr ',
  `userid=21100001,2.5.4.11=people,${suffix}`,
  `uid=\\32\\31100001,ou=peop\\6ce,${suffix}`,
  `uid=#04083231313030303031,${people}`,
]

describe('nobody', () => {
  it('sees nothing below the suffix, nor that it is there', async () => {
    const wire = await as('', '')
    for (const base of [suffix, people, writer, ...spellings, `uid=404,${people}`]) {
      expect((await wire.ask(searchFor(base))).operation).toMatchObject({
        result: { code: 32, matchedDN: '' },
      })
    }
    expect(await wire.code(compare(ada, 'sn', 'lovelace'))).toBe(32)
  })

  it('changes nothing', async () => {
    const wire = await as('', '')
    expect(await wire.code(modify(ada, 'sn', 'x'))).toBe(8)
    expect(await wire.code({ kind: 'delete', dn: ada })).toBe(8)
    expect(await wire.code({ kind: 'extended', oid: extension.passwordModify, value: null })).toBe(8)
  })
})

describe('a student', () => {
  it.each(spellings)('reads the own entry by %s, without its verifier', async (name) => {
    const wire = await as(name, '21100001')
    const seen = await entries(
      wire,
      searchFor(name, '(objectClass=*)', 'base', { attributes: ['*', '+', 'userPassword'] }),
    )
    expect(Object.keys(seen)).toEqual([ada])
    expect(seen[ada]).toContain('supannEtuId')
    expect(seen[ada]).not.toContain('userPassword')
  })

  it('sees nobody else', async () => {
    const wire = await as(ada, '21100001')
    for (const base of [suffix, people, bob, writer]) expect(await wire.code(searchFor(base))).toBe(32)
    expect(await wire.code(compare(bob, 'sn', 'noyce'))).toBe(32)
  })

  it.each(spellings)('writes nothing at %s', async (name) => {
    const wire = await as(ada, '21100001')
    for (const type of ['userPassword', 'mail', 'sn'])
      expect(await wire.code(modify(name, type, 'x'))).toBe(50)
    expect(await wire.code({ kind: 'delete', dn: name })).toBe(50)
    const rename = {
      kind: 'rename',
      dn: name,
      newRdn: 'uid=2',
      deleteOldRdn: true,
      newSuperior: null,
    } as const
    expect(await wire.code(rename)).toBe(50)
    const child = { type: 'objectClass', values: [Buffer.from('account')] }
    expect(await wire.code({ kind: 'add', dn: `uid=child,${name}`, attributes: [child] })).toBe(50)
  })

  it('cannot change the password by the operation for it', async () => {
    const wire = await as(ada, '21100001')
    expect(await wire.code({ kind: 'extended', oid: extension.passwordModify, value: null })).toBe(50)
  })

  it('learns nothing of the own verifier from filters and comparisons', async () => {
    const wire = await as(ada, '21100001')
    for (const filter of [
      '(userPassword={CLEAR}21100001)',
      '(userPassword=*)',
      '(!(userPassword=x))',
      '(:octetStringMatch:={CLEAR}21100001)',
      '(!(userPassword=*))',
    ]) {
      expect(await entries(wire, searchFor(ada, filter))).toEqual({})
    }
    expect(await wire.code(compare(ada, 'userPassword', '{CLEAR}21100001'))).toBe(50)
  })
})

describe('CAS', () => {
  it('finds and reads everybody, but no verifier by any way', async () => {
    const wire = await as(reader, 'demo')
    const seen = await entries(
      wire,
      searchFor(people, '(mail=*)', 'subtree', { attributes: ['*', 'userPassword', '2.5.4.35'] }),
    )
    expect(Object.keys(seen)).toEqual([ada, bob])
    expect(Object.values(seen).flat()).not.toContain('userPassword')
    for (const filter of [
      '(userPassword={CLEAR}21100001)',
      '(2.5.4.35=*)',
      '(!(userPassword=x))',
      '(|(userPassword=*)(!(userPassword=*)))',
    ]) {
      expect(await entries(wire, searchFor(people, filter))).toEqual({})
    }
    expect(await wire.code(compare(ada, 'USERPASSWORD', '{CLEAR}21100001'))).toBe(50)
  })

  it('writes nothing', async () => {
    const wire = await as(reader, 'demo')
    expect(await wire.code(modify(ada, 'sn', 'x'))).toBe(50)
    expect(await wire.code({ kind: 'delete', dn: ada })).toBe(50)
  })
})

describe('the writer', () => {
  it('reads and writes verifiers', async () => {
    const wire = await as(writer, 'demo')
    expect(await wire.code(modify(bob, 'userPassword', '{CLEAR}new'))).toBe(0)
    expect((await entries(wire, searchFor(bob)))[bob]).toContain('userPassword')
    await as(bob, 'new')
  })
})

describe('rules', () => {
  const schema = new Schema(schemaTexts)

  it('let a name with an escaped comma pass for no place', () => {
    const access = new Access(houseRules(suffix, people), schema)
    const trick = schema.dn(`cn=x\\,ou=services\\,dc=sorbonne-universite\\,dc=fr`) ?? ''
    expect(access.view(schema.dn(writer), trick).may('read', 'entry')).toBe(false)
  })

  it('decide by the first that fits', () => {
    const at = { base: suffix, scope: 'subtree', attributes: 'ordinary' } as const
    const access = new Access(
      [
        { who: { under: people }, ...at, right: 'none' },
        { who: 'authenticated', ...at, right: 'read' },
      ],
      schema,
    )
    const target = schema.dn(suffix) ?? ''
    expect(access.view(schema.dn(ada), target).may('disclose', 'entry')).toBe(false)
    expect(access.view(schema.dn(writer), target).may('read', 'sn')).toBe(true)
    expect(access.view(schema.dn(writer), target).may('write', 'sn')).toBe(false)
    expect(access.view(schema.dn(writer), target).may('read', 'userpassword')).toBe(false)
  })

  it('that name nothing known are refused when the directory is made', () => {
    const rule = {
      who: 'anyone',
      base: suffix,
      scope: 'subtree',
      attributes: ['nosuch'],
      right: 'read',
    } as const
    expect(() => new Access([rule], schema)).toThrow('access rule 1: attribute nosuch is unknown')
    expect(() => new Access([{ ...rule, attributes: 'ordinary', base: 'nonsense' }], schema)).toThrow(
      'access rule 1',
    )
  })
})
