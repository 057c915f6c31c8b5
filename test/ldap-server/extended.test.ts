import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Reader } from '../../ldap-protocol/ber-reader.ts'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import type { Request } from '../../ldap-protocol/message.ts'
import { extension } from '../../ldap-protocol/oids.ts'
import { ada, bob, people, start, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

let server: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  server = await start({
    passwords: {
      hash: (password) => Promise.resolve(`{CLEAR}${password.toString()}`),
      generate: () => 'invented',
    },
  })
})
afterAll(() => server.directory.close())

const bound = async (name: string, password: string): Promise<Wire> => {
  const wire = await Wire.open(server.port)
  expect(await wire.bind(name, password)).toBe(0)
  return wire
}
const passwordModify = (
  identity: string | null,
  before: string | null,
  after: string | null,
): Request & { kind: 'extended' } => {
  const to = new Writer().begin(0x30)
  if (identity !== null) to.text(identity, 0x80)
  if (before !== null) to.text(before, 0x81)
  if (after !== null) to.text(after, 0x82)
  return { kind: 'extended', oid: extension.passwordModify, value: to.end().take() }
}

describe('Password Modify', () => {
  it('is for who may write verifiers: a student gets 50, for themselves too, nobody gets 8', async () => {
    const student = await bound(ada, '21100001')
    expect(await student.code(passwordModify(null, '21100001', 'new'))).toBe(50)
    expect(await student.code(passwordModify(bob, null, 'new'))).toBe(50)
    expect(await student.code(passwordModify(`uid=404,${people}`, null, 'new'))).toBe(50)
    student.close()
    const nobody = await Wire.open(server.port)
    expect(await nobody.code(passwordModify(ada, null, 'new'))).toBe(8)
    nobody.close()
    ;(await bound(ada, '21100001')).close()
  })

  it('writes a verifier of the new password, after looking at the old one where it is given', async () => {
    const wire = await bound(writer, 'demo')
    expect(await wire.code(passwordModify(`dn:UID=21100002, ${people}`, 'wrong', 'new'))).toBe(53)
    expect(await wire.code(passwordModify(bob, '21100002', 'new'))).toBe(0)
    expect(await wire.code(passwordModify(bob, null, ''))).toBe(53)
    expect(await wire.code(passwordModify(bob, null, 'x'.repeat(2_000)))).toBe(19)
    expect(await wire.code(passwordModify(`uid=404,${people}`, null, 'new'))).toBe(32)
    expect(await wire.code(passwordModify('nonsense', null, 'new'))).toBe(34)
    const garbled = { kind: 'extended', oid: extension.passwordModify, value: Buffer.from('x') } as const
    expect(await wire.code(garbled)).toBe(2)
    wire.close()
    ;(await bound(bob, 'new')).close()
  })

  it('invents a password where none is given, and says which', async () => {
    const wire = await bound(writer, 'demo')
    const { operation } = await wire.ask(passwordModify(bob, null, null))
    if (operation.kind !== 'extended') throw new Error(operation.kind)
    expect(new Reader(operation.value ?? Buffer.alloc(0)).enter(0x30).text(0x80)).toBe('invented')
    wire.close()
    ;(await bound(bob, 'invented')).close()
  })
})

describe('Cancel', () => {
  const cancel = (id: number): Request => ({
    kind: 'extended',
    oid: extension.cancel,
    value: new Writer(8).begin(0x30).integer(id).end().take(),
  })

  it('of nothing is 119, of itself too, and what cannot be read is 2', async () => {
    const wire = await bound(writer, 'demo')
    expect(await wire.code(cancel(99))).toBe(119)
    expect(await wire.code(cancel(3))).toBe(119)
    expect(await wire.code({ kind: 'extended', oid: extension.cancel, value: null })).toBe(2)
    wire.close()
  })

  it('of a change is 121, and the change is done', async () => {
    await using slow = await start()
    const wire = await Wire.open(slow.port)
    await wire.bind(writer, 'demo')
    const attribute = { type: 'title', values: [Buffer.from('x')] }
    const id = wire.send({ kind: 'modify', dn: ada, changes: [{ operation: 'replace', attribute }] })
    const told = await wire.code(cancel(id))
    expect([119, 121]).toContain(told)
    expect((await wire.answers(id)).at(-1)?.operation).toMatchObject({ result: { code: 0 } })
    wire.close()
  })
})

it('the root DSE offers what there is', async () => {
  const wire = await Wire.open(server.port)
  const [first] = await wire.answers(
    wire.send(
      searchFor('', '(objectClass=*)', 'base', { attributes: ['supportedExtension', 'supportedControl'] }),
    ),
  )
  const shown = JSON.stringify(first?.operation, (_key, one: unknown) =>
    one !== null && typeof one === 'object' && 'data' in one
      ? Buffer.from(one.data as number[]).toString()
      : one,
  )
  expect(shown).toContain(extension.cancel)
  expect(shown).toContain(extension.passwordModify)
  expect(shown).not.toContain(extension.startTls)
  expect(shown).toContain('1.3.6.1.4.1.4203.1.9.1.1')
  wire.close()
})

it('an account of the settings binds without an entry, and has the rights that the rules say', async () => {
  const manager = 'cn=Manager,dc=sorbonne-universite,dc=fr'
  await using empty = await start({
    first: '',
    accounts: [{ dn: 'CN=Manager, dc=sorbonne-universite,dc=fr', verifier: '{CLEAR}secret' }],
    access: [
      {
        who: { dn: manager },
        base: 'dc=sorbonne-universite,dc=fr',
        scope: 'subtree',
        attributes: 'ordinary',
        right: 'write',
      },
    ],
  })
  const wire = await Wire.open(empty.port)
  expect(await wire.bind(manager, 'wrong')).toBe(49)
  expect(await wire.bind(manager, 'secret')).toBe(0)
  const attributes = [
    { type: 'objectClass', values: [Buffer.from('organization'), Buffer.from('dcObject')] },
    { type: 'o', values: [Buffer.from('x')] },
  ]
  expect(await wire.code({ kind: 'add', dn: 'dc=sorbonne-universite,dc=fr', attributes })).toBe(0)
  wire.close()
})

it('acting for somebody else is refused, also when it is not said to matter', async () => {
  const wire = await bound(writer, 'demo')
  const proxied = (critical: boolean) => ({
    oid: '2.16.840.1.113730.3.4.18',
    critical,
    value: Buffer.from(`dn:${ada}`),
  })
  expect(await wire.code(searchFor(ada, '(uid=*)', 'base'), [proxied(true)])).toBe(12)
  expect(await wire.code(searchFor(ada, '(uid=*)', 'base'), [proxied(false)])).toBe(2)
  wire.close()
})
