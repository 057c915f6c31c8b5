import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDn, parseDn } from '../../ldap-protocol/dn-text.ts'
import type { Dn } from '../../ldap-protocol/dn-text.ts'
import { schema } from './schema-files.ts'

const value = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((one) => one.isWellFormed()),
  fc.stringMatching(/^[ #,+"\\<>;=a-c]{1,8}$/),
)
const ava = fc.record({
  type: fc.constantFrom('cn', 'OU', 'uid', '2.5.4.4'),
  value: value.map((one) => Buffer.from(one)),
})
const dn: fc.Arbitrary<Dn> = fc.array(fc.array(ava, { minLength: 1, maxLength: 3 }), { maxLength: 4 })

describe('names', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(dn, (name) => {
        expect(parseDn(formatDn(name))).toEqual(name)
      }),
      { numRuns: 500 },
    )
  })

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const parsed = parseDn(text)
        if (parsed) expect(parseDn(formatDn(parsed))).toEqual(parsed)
        schema.dn(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('have the same normal form read as a whole and from above, plain or not', () => {
    const part = fc.oneof(
      fc.stringMatching(
        /^(?:uid|CN|ou|mail|labeledURI|nosuch|telephoneNumber|2\.5\.4\.4) ?= ?[A-Za-z0-9@._ -]{0,6}$/,
      ),
      fc.stringMatching(/^[a-c=,+\\" ]{0,6}$/),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const text = parts.join(',')
        const parsed = parseDn(text)
        expect(schema.dn(text)).toBe(parsed && schema.normalDn(parsed))
      }),
      { numRuns: 3000 },
    )
  })

  it('have one normal form however they are spelt', () => {
    fc.assert(
      fc.property(dn, fc.infiniteStream(fc.boolean()), (name, coins) => {
        const toss = (): boolean => coins.next().value === true
        const hex = (bytes: Buffer): string =>
          [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
        const ber = (bytes: Buffer): string => {
          const length = bytes.length < 0x80 ? [bytes.length] : [0x81, bytes.length]
          return `#${Buffer.from([4, ...length, ...bytes]).toString('hex')}`
        }
        const spelt = name
          .map((rdn) =>
            (toss() ? rdn : rdn.toReversed())
              .map(
                ({ type, value: bytes }) =>
                  `${toss() ? type : type.toUpperCase()}=${toss() ? hex(bytes) : ber(bytes)}`,
              )
              .join(toss() ? '+' : ' + '),
          )
          .join(toss() ? ',' : ' , ')
        expect(schema.dn(spelt)).toBe(schema.dn(formatDn(name)))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['UID=Bob,DC=Example,DC=org', 'uid=bob,dc=example,dc=org'],
    ['uid = bob , dc = example;dc=org', 'uid=bob,dc=example,dc=org'],
    ['userid=bob,domainComponent=example,0.9.2342.19200300.100.1.25=org', 'uid=bob,dc=example,dc=org'],
    ['cn=a+uid=b', 'uid=B + CN=A'],
    ['cn=Ada  Lovelace', 'cn= ada lovelace '],
    ['cn=\\41da', 'cn=#0403616461'],
    ['cn=Stra\u00dfe', 'cn=STRASSE'],
    ['cn=a\\,b', 'cn=A\\2Cb'],
    ['cn=\u00e9', 'cn=e\u0301'],
  ])('%s is %s', (one, other) => {
    expect(schema.dn(one)).not.toBeNull()
    expect(schema.dn(one)).toBe(schema.dn(other))
  })

  it.each(['supannEtuId=a,ou=b', 'cn=a\\,ou=b', 'cn=a\\+uid=b'])('%s is not what it resembles', (name) => {
    const resembling = {
      'supannEtuId=a,ou=b': 'supannEtuId=A,ou=b',
      'cn=a\\,ou=b': 'cn=a,ou=b',
      'cn=a\\+uid=b': 'cn=a+uid=b',
    }
    expect(schema.dn(name)).not.toBe(schema.dn(resembling[name as keyof typeof resembling]))
  })

  it('of a value with a separator never ends like a name below another', () => {
    expect(schema.dn('cn=x\\,ou=people,dc=fr')?.endsWith(',ou=people,dc=fr')).toBe(false)
  })

  it.each([
    'nonsense',
    'cn',
    '=x',
    'cn=a\0b',
    'cn=a,',
    'cn=a,,ou=b',
    'cn=#zz',
    'cn=#0405',
    'cn=a\\',
    'cn=a\\g1',
    'nosuch=x',
    '1.=x',
    'cn=',
  ])('%j is none', (text) => {
    expect(schema.dn(text)).toBeNull()
  })

  it('have at most 256 parts', () => {
    expect(parseDn(Array.from({ length: 256 }, () => 'cn=a').join(','))).not.toBeNull()
    expect(parseDn(Array.from({ length: 257 }, () => 'cn=a').join(','))).toBeNull()
    expect(parseDn(Array.from({ length: 257 }, () => 'cn=\\61').join(','))).toBeNull()
  })
})
