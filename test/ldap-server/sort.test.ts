import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPage, writePage } from '../../ldap-protocol/controls.ts'
import type { Control, Message, Response } from '../../ldap-protocol/message.ts'
import { control } from '../../ldap-protocol/oids.ts'
import { readSort, readSortResult, writeSort, writeSortResult } from '../../ldap-protocol/sort.ts'
import type { SortKey } from '../../ldap-protocol/sort.ts'
import { ada, people, reader, start, student, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

const by = (type: string, rule: string | null = 'caseIgnoreOrderingMatch', reverse = false): SortKey => ({
  type,
  rule,
  reverse,
})
const sort = (keys: readonly SortKey[], critical = true): Control => ({
  oid: control.sortRequest,
  critical,
  value: writeSort(keys),
})
const page = (size: number, cookie: Buffer = Buffer.alloc(0)): Control => ({
  oid: control.pagedResults,
  critical: true,
  value: writePage(size, cookie),
})
const controlOf = (messages: readonly Message<Response>[], oid: string): Buffer | undefined =>
  messages.at(-1)?.controls.find((one) => one.oid === oid)?.value ?? undefined

/** What came of a search: numbers in the order they came in, the code, and what became of sorting. */
function told(messages: readonly Message<Response>[]): { found: string[]; code: number; sorted: unknown } {
  const last = messages.at(-1)?.operation
  const result = controlOf(messages, control.sortResponse)
  return {
    found: messages.flatMap(({ operation }) =>
      operation.kind === 'entry' ? [operation.dn.slice(4, operation.dn.indexOf(','))] : [],
    ),
    code: last?.kind === 'result' ? last.result.code : -1,
    sorted: result ? readSortResult(result) : null,
  }
}

const some = [
  ['1', 'Élodie', 'b'],
  ['2', 'elodie', 'a'],
  ['3', 'Zoé', 'B'],
  ['4', 'zoé', ''],
  ['5', 'Ann', 'c'],
] as const
const first = some.map(([number, cn, title]) =>
  student(number, cn, 'x').replace(/mail: .*\n/, title === '' ? '' : `title: ${title}\n`),
)
const fine = { code: 0, type: null }
const ask = async (wire: Wire, controls: Control[], more = {}): Promise<Message<Response>[]> =>
  wire.answers(wire.send(searchFor(people, '(sn=x)', 'one', more), controls))

async function opened(
  limits = {},
  who = writer,
): Promise<{ server: Awaited<ReturnType<typeof start>>; wire: Wire }> {
  const server = await start({ limits })
  await server.directory.seed(first.join('\n'))
  const wire = await Wire.open(server.port)
  await wire.bind(who, 'demo')
  return { server, wire }
}

describe('answers are sorted', () => {
  it.each([
    ['upwards', [by('cn')], '52341'],
    ['downwards, what is equal as it came', [by('cn', undefined, true)], '13425'],
    ['what has no value last', [by('title')], '21354'],
    ['and first when turned round', [by('title', undefined, true)], '45132'],
    ['by several', [by('title'), by('cn')], '23154'],
    ['by the exact letters', [by('cn', 'caseExactOrderingMatch')], '53241'],
    ['by the rule of the attribute itself', [by('entryCSN', null, true)], '54321'],
    ['by a rule given by its number', [by('uid', '2.5.13.3', true)], '54321'],
  ])('%s', async (_how, keys, wanted) => {
    const { server, wire } = await opened()
    await using _closing = server
    const { found, sorted, code } = told(await ask(wire, [sort(keys)]))
    expect([found.join(''), code, sorted]).toEqual([wanted, 0, fine])
    wire.close()
  })

  it('by pages as in one piece, whatever changes meanwhile', async () => {
    const { server, wire } = await opened()
    await using _closing = server
    const keys = [by('cn')]
    let found = ''
    let cookie = Buffer.alloc(0)
    do {
      const messages = await ask(wire, [sort(keys), page(2, cookie)])
      expect(told(messages)).toMatchObject({ code: 0, sorted: fine })
      found += told(messages).found.join('')
      cookie = Buffer.from(readPage(controlOf(messages, control.pagedResults) ?? Buffer.alloc(0)).cookie)
      await server.directory.seed(student(`9${found.length}`, 'Aa', 'x'))
    } while (cookie.length > 0)
    expect(found).toBe('52341')
    // A cookie belongs to one order.
    const again = await ask(wire, [sort(keys), page(2)])
    const next = Buffer.from(readPage(controlOf(again, control.pagedResults) ?? Buffer.alloc(0)).cookie)
    expect(told(await ask(wire, [sort([by('uid')]), page(2, next)])).code).toBe(2)
    wire.close()
  })

  it('thousands of them in turns, as one sort would', async () => {
    const { server, wire } = await opened()
    await using _closing = server
    const many = Array.from({ length: 2_000 }, (_, at) => student(`7${at}`, `N${(at * 7_919) % 97}`, 'x'))
    await server.directory.seed(many.join('\n'))
    const { found } = told(await ask(wire, [sort([by('cn'), by('uid', undefined, true)])]))
    const wanted = Array.from({ length: 2_000 }, (_, at): [string, string] => [
      `n${(at * 7_919) % 97}`,
      `7${at}`,
    ]).sort(([a, one], [b, other]) => (a < b ? -1 : a > b ? 1 : one < other ? 1 : -1))
    expect(found.filter((one) => one.length > 1)).toEqual(wanted.map(([, uid]) => uid))
    wire.close()
  })
})

describe('what cannot be sorted', () => {
  it.each([
    ['an unknown attribute', [by('nosuch')], { code: 16, type: 'nosuch' }],
    ['an attribute without an order of its own', [by('cn', null)], { code: 18, type: 'cn' }],
    ['an unknown rule', [by('cn', '1.2.3')], { code: 18, type: 'cn' }],
    ['a rule for other values', [by('cn', 'integerOrderingMatch')], { code: 18, type: 'cn' }],
    ['the same attribute twice', [by('cn'), by('commonName')], { code: 53, type: 'commonName' }],
  ])('%s: refused when critical, unsorted otherwise, and why', async (_what, keys, sorted) => {
    const { server, wire } = await opened()
    await using _closing = server
    expect(told(await ask(wire, [sort(keys)]))).toEqual({ found: [], code: 12, sorted })
    expect(told(await ask(wire, [sort(keys, false)]))).toEqual({
      found: ['1', '2', '3', '4', '5'],
      code: 0,
      sorted,
    })
    const rootDse = await wire.answers(wire.send(searchFor('', '(objectClass=*)', 'base'), [sort(keys)]))
    expect(told(rootDse)).toEqual({ found: [], code: 12, sorted })
    wire.close()
  })

  it('a wrong value is a wrong request', async () => {
    const { server, wire } = await opened()
    await using _closing = server
    for (const value of [null, Buffer.from('3000', 'hex'), Buffer.from('3003', 'hex')]) {
      expect(told(await ask(wire, [{ oid: control.sortRequest, critical: false, value }])).code).toBe(2)
    }
    wire.close()
  })

  it('more entries than may be, and more lists that wait than may be', async () => {
    const { server, wire } = await opened({ sortEntries: 5, sortsHeld: 1 })
    await using _closing = server
    expect(told(await ask(wire, [sort([by('cn')])]))).toMatchObject({ code: 0, sorted: fine })
    await ask(wire, [sort([by('cn')]), page(2)])
    const other = await Wire.open(server.port)
    await other.bind(writer, 'demo')
    const refused = { code: 12, sorted: { code: 51, type: null } }
    expect(told(await ask(other, [sort([by('cn')]), page(2)]))).toMatchObject(refused)
    // A bind, the last page, another search and the end of the connection each make room.
    await wire.bind(writer, 'demo')
    expect(told(await ask(other, [sort([by('cn')]), page(2)]))).toMatchObject({ code: 0 })
    await ask(other, [page(2)])
    expect(told(await ask(wire, [sort([by('cn')]), page(4)]))).toMatchObject({ code: 0 })
    wire.close()
    await expect.poll(async () => told(await ask(other, [sort([by('cn')]), page(2)])).code).toBe(0)
    await server.directory.seed(student('6', 'X', 'x'))
    expect(told(await ask(other, [sort([by('cn')], false)]))).toMatchObject({
      found: ['1', '2', '3', '4', '5', '6'],
      sorted: { code: 11 },
    })
    other.close()
  })

  it('what the asker may not search by sorts nothing: an order would tell it', async () => {
    const { server, wire } = await opened({}, reader)
    await using _closing = server
    const keys = [by('userPassword', 'octetStringOrderingMatch', true)]
    expect(told(await ask(wire, [sort(keys)])).found.join('')).toBe('12345')
    const own = await Wire.open(server.port)
    await own.bind(ada, '21100001')
    const messages = await own.answers(own.send(searchFor(people, '(cn=*)'), [sort([by('cn')])]))
    expect(told(messages).found).toEqual([])
    own.close()
    wire.close()
  })
})

it('keys and results are read as they were written', () => {
  const key = fc.record({ type: fc.string(), rule: fc.option(fc.string()), reverse: fc.boolean() })
  const clean = key.filter(({ type, rule }) => type.isWellFormed() && (rule ?? '').isWellFormed())
  fc.assert(
    fc.property(fc.array(clean, { minLength: 1, maxLength: 4 }), (keys) => {
      expect(readSort(writeSort(keys))).toEqual(keys)
    }),
  )
  for (const result of [fine, { code: 16, type: 'cn' }]) {
    expect(readSortResult(writeSortResult(result))).toEqual(result)
  }
})
