import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader } from '../../ldap-protocol/ber-reader.ts'
import { compileFilter } from '../../ldap-protocol/filter-match.ts'
import type { Subject } from '../../ldap-protocol/filter-match.ts'
import { FilterError, escapeFilterValue, formatFilter, parseFilter } from '../../ldap-protocol/filter-text.ts'
import { readFilter } from '../../ldap-protocol/filter.ts'
import { filter } from './arbitraries.ts'
import { schema } from './schema-files.ts'

const subject = (attributes: Record<string, string[]>, hidden: string[] = []): Subject => {
  const held = new Map(Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), values]))
  return {
    count: (key) => held.get(key)?.length ?? 0,
    keysUnder: (key, rule) =>
      (held.get(key) ?? [])
        .map((value) => rule.key(Buffer.from(value), schema, 'whole'))
        .filter((one) => one !== null),
    optioned: () => [...held.keys()].filter((key) => key.includes(';')),
    may: ({ key }) => !hidden.includes(key),
    nameValues: () => [
      { type: 'uid', value: Buffer.from('bob') },
      { type: 'ou', value: Buffer.from('people') },
    ],
  }
}

const bob = subject(
  {
    objectClass: ['inetOrgPerson', 'supannPerson'],
    uid: ['bob'],
    cn: ['Bob  Noyce'],
    'cn;lang-fr': ['Robert Noyce'],
    sn: ['Noyce'],
    mail: ['Bob@Example.org'],
    supannAutreMail: ['other@example.org'],
    supannEtuId: ['ABC'],
    supannEtuInscription: ['[etab={UAI}0755890V][anneeinsc=2026][affect=LET]'],
    supannOIDCDateDeNaissance: ['2001-02-03'],
    supannListeRouge: ['FALSE'],
    uidNumber: ['42'],
    createTimestamp: ['20260901120000Z'],
    telephoneNumber: ['+33 1 44 27'],
    userPassword: ['secret'],
    seeAlso: ['cn=Ada,dc=fr'],
  },
  ['userpassword'],
)

const verdict = (text: string): boolean | null => compileFilter(parseFilter(text), schema)(bob)

describe('the text of filters', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(filter, (one) => {
        expect(parseFilter(formatFilter(one))).toEqual(one)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    '(uid=a',
    'uid=a)',
    '(&(uid=a)',
    '(uid)',
    '(=a)',
    '(uid=a**b)',
    '((uid=a))',
    '(uid=\\zz)',
    '(!(a=b)(c=d))',
    '(a=b)x',
    '(:=x)',
  ])('%s is none', (text) => {
    expect(() => parseFilter(text)).toThrow(FilterError)
  })

  it('nested too deeply is refused, not a stack overflow', () => {
    expect(() => parseFilter('(!'.repeat(100_000))).toThrow(FilterError)
  })

  it('escapes what would change its meaning', () => {
    expect(escapeFilterValue('a*)(\\\0')).toBe('a\\2a\\29\\28\\5c\\00')
  })
})

describe('trying a filter', () => {
  it.each([
    ['(uid=bob)', true],
    ['(UID=Bob)', true],
    ['(0.9.2342.19200300.100.1.1= BOB )', true],
    ['(uid=ada)', false],
    ['(cn=bob noyce)', true],
    ['(cn=robert noyce)', true],
    ['(cn;lang-fr=bob noyce)', false],
    ['(name=noyce)', true],
    ['(mail=OTHER@example.org)', true],
    ['(supannEtuId=abc)', false],
    ['(supannEtuId=ABC)', true],
    ['(supannEtuInscription=*[etab=*]*[anneeinsc=2026]*[affect=let]*)', true],
    ['(supannEtuInscription=*[anneeinsc=2026]*[etab=*)', false],
    ['(cn=b*noyce)', true],
    ['(cn=bob no*oyce)', false],
    ['(cn=bob n*oyce)', true],
    ['(cn=*)', true],
    ['(title=*)', false],
    ['(objectClass=person)', true],
    ['(objectClass=top)', true],
    ['(objectClass=account)', false],
    ['(uidNumber=042)', null],
    ['(uidNumber=42)', true],
    ['(uidNumber>=9)', true],
    ['(uidNumber<=100)', true],
    ['(uidNumber<=9)', false],
    ['(supannOIDCDateDeNaissance>=2001-01-01)', true],
    ['(createTimestamp>=20260901135959+0200)', true],
    ['(createTimestamp<=20260901115959.9Z)', false],
    ['(telephoneNumber=+331 44-27)', true],
    ['(supannListeRouge=FALSE)', true],
    ['(supannListeRouge=maybe)', null],
    ['(seeAlso=CN=ada, DC=FR)', true],
    ['(seeAlso=nonsense)', null],
    ['(cn~=bob noyce)', true],
    ['(cn:caseExactMatch:=Bob Noyce)', true],
    ['(cn:caseExactMatch:=bob noyce)', false],
    ['(cn:nosuch:=x)', null],
    ['(ou:dn:=People)', true],
    ['(ou:=People)', false],
    ['(:caseIgnoreMatch:=noyce)', true],
    ['(nosuch=1)', null],
    ['(!(nosuch=1))', null],
    ['(|(nosuch=1)(uid=bob))', true],
    ['(&(nosuch=1)(uid=ada))', false],
    ['(&(nosuch=1)(uid=bob))', null],
    ['(&)', true],
    ['(|)', false],
    ['(!(|))', true],
    ['(userPassword=secret)', null],
    ['(!(userPassword=wrong))', null],
    ['(userPassword=*)', null],
    ['(:octetStringMatch:=secret)', null],
  ])('%s is %s', (text, expected) => {
    expect(verdict(text)).toBe(expected)
  })

  it('knows a choice from the future as undefined', () => {
    expect(compileFilter(readFilter(new Reader(Buffer.from('be00', 'hex'))), schema)(bob)).toBeNull()
  })

  it('obeys De Morgan in three values', () => {
    const leaf = fc.constantFrom('(uid=bob)', '(uid=ada)', '(nosuch=1)')
    fc.assert(
      fc.property(leaf, leaf, leaf, (a, b, c) => {
        expect(verdict(`(!(&${a}${b}${c}))`)).toBe(verdict(`(|(!${a})(!${b})(!${c}))`))
        expect(verdict(`(!(!${a}))`)).toBe(verdict(a))
      }),
    )
  })
})
