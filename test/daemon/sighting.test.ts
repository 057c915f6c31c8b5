import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SightingReader } from '../../daemon/target/sighting.ts'
import { profiles } from '../../domain/profiles/index.ts'
import { encodeResponse } from '../../ldap-protocol/response.ts'
import type { Attribute } from '../../ldap-protocol/message.ts'

const primary = profiles['primary']
if (primary === undefined) throw new Error('there is a primary')
const profile = primary
const reader = new SightingReader(profile)
const message = (dn: string, attributes: readonly Attribute[]) =>
  encodeResponse({ id: 7, operation: { kind: 'entry', dn, attributes }, controls: [] })
const read = (dn: string, attributes: readonly Attribute[]) => reader.read(message(dn, attributes))
const stand = () => 'stand-in'

const values = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 })
const managed = fc.dictionary(fc.constantFrom(...profile.managed), values, { noNullPrototype: true })
const attributesOf = (entry: Record<string, string[]>): Attribute[] =>
  Object.entries(entry).map(([type, texts]) => ({ type, values: texts.map((text) => Buffer.from(text)) }))
const dn = 'uid=21100001,ou=people,dc=sorbonne-universite,dc=fr'

/** What an entry says, in an order of its own: what the digest must tell apart, and nothing else. */
const said = (entry: Record<string, string[]>) =>
  JSON.stringify(
    Object.entries(entry)
      .map(([name, texts]) => [name, [...texts].sort()])
      .sort(),
  )

/** What the registries of all who run us hold: should it ever be another, its form must have another name. */
function digestAsNoted(dn: string, entry: Record<string, string[]>): string {
  const put = (place: number, value: Buffer) => {
    const head = Buffer.alloc(5)
    head[0] = place
    head.writeUInt32BE(value.length, 1)
    return Buffer.concat([head, value])
  }
  const values = profile.managed.flatMap((name, place) =>
    (entry[name] ?? [])
      .map((text) => Buffer.from(text))
      .sort((one, other) => one.compare(other))
      .map((value) => put(place, value)),
  )
  const text = Buffer.concat([put(0xff, Buffer.from(dn.toLowerCase())), ...values])
  return `3.${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
}

describe('a digest', () => {
  test('is the same in any order of attributes and values, and in any case of names', () => {
    fc.assert(
      fc.property(managed, fc.infiniteStream(fc.nat()), (entry, chance) => {
        const shuffled = attributesOf(entry)
          .map((each) => ({ type: each.type.toUpperCase(), values: [...each.values].reverse() }))
          .map((each) => ({ each, at: chance.next().value as number }))
          .sort((one, other) => one.at - other.at)
          .map(({ each }) => each)
        expect(read(dn.toUpperCase(), shuffled).digest).toBe(read(dn, attributesOf(entry)).digest)
      }),
    )
  })

  test('differs wherever what is managed differs', () => {
    fc.assert(
      fc.property(managed, managed, (one, other) => {
        const same = read(dn, attributesOf(one)).digest === read(dn, attributesOf(other)).digest
        expect(same).toBe(said(one) === said(other))
      }),
    )
  })

  test('is the one that was noted long ago, however many values there are and however long', () => {
    const many = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 80 })
    const entries = fc.dictionary(fc.constantFrom(...profile.managed), many, { noNullPrototype: true })
    fc.assert(
      fc.property(entries, (entry) => {
        expect(read(dn, attributesOf(entry)).digest).toBe(digestAsNoted(dn, entry))
      }),
      { numRuns: 200 },
    )
  })

  test('does not hear of what is somebody else’s', () => {
    const entry = attributesOf({ cn: ['Ada'], sn: ['Lovelace'] })
    const more = [...attributesOf({ description: ['theirs'], cnx: ['Ada'] }), ...entry]
    expect(read(dn, more).digest).toBe(read(dn, entry).digest)
    expect(read(dn.replace('people', 'former'), entry).digest).not.toBe(read(dn, entry).digest)
  })
})

test('number and entryUUID are found, and the values when they are asked for, never a verifier', () => {
  const sighting = read(
    dn,
    attributesOf({ entryUUID: ['u-u-i-d'], UID: ['21100001'], userPassword: ['{SSHA}x'], cn: ['É'] }),
  )
  expect(sighting).toMatchObject({ number: '21100001', uuid: 'u-u-i-d' })
  expect(sighting.found(stand)).toEqual({
    dn,
    uuid: 'u-u-i-d',
    csn: null,
    digest: sighting.digest,
    attributes: { uid: ['21100001'], cn: ['É'], userPassword: ['stand-in'] },
  })
})

test('an entry without a number, or with two, is nobody’s', () => {
  expect(read(dn, []).number).toBeNull()
  expect(read(dn, attributesOf({ uid: ['21100001', '21100002'] })).number).toBeNull()
})

test('a value of any length is read', () => {
  for (const size of [0, 127, 128, 255, 256, 65_535, 65_536, 300_000]) {
    const long = 'x'.repeat(size)
    expect(read(dn, attributesOf({ cn: [long] })).found(stand).attributes['cn']).toEqual([long])
  }
})

test('bytes that are no entry are refused, wherever they are cut or changed, and never read beyond', () => {
  const whole = message(dn, attributesOf({ uid: ['21100001'], cn: ['Ada', 'Lovelace'] }))
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const changed = Buffer.from(whole)
      changed[at] = byte
      for (const bytes of [whole.subarray(0, at), changed]) {
        try {
          reader.read(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'LDAP_MALFORMED' })
        }
      }
    }),
    { numRuns: 2_000 },
  )
  expect(reader.read(whole).number).toBe('21100001')
})
