import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LdifError, formatLdif, parseLdif, writeLdif } from '../../ldap-protocol/ldif.ts'
import { bytes } from './arbitraries.ts'

const attributes = fc.uniqueArray(
  fc.record({
    // `dn` begins a record.
    type: fc.stringMatching(/^[a-z][a-zA-Z0-9-]{0,8}$/).filter((type) => type.toLowerCase() !== 'dn'),
    values: fc.array(bytes, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 5, selector: ({ type }) => type.toLowerCase() },
)
const entry = fc.record({
  dn: fc.string({ unit: 'grapheme', maxLength: 120 }).filter((one) => one.isWellFormed()),
  attributes: attributes.filter(
    (list) => list[0]?.type.toLowerCase() !== 'changetype' && list[0]?.type !== 'control',
  ),
})

describe('LDIF', () => {
  it('is read as it was written, folded lines and bytes of any kind included', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const text = [...writeLdif(entries)].join('')
        expect([...parseLdif(text)]).toEqual(entries.map((one) => ({ kind: 'entry', ...one })))
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(76)
      }),
      { numRuns: 300 },
    )
  })

  it('reads changes', () => {
    const text = `version: 1
# a comment
 that goes on
dn: uid=1,dc=fr
changetype: modify
replace: sn
sn: New
-
add: mail
mail: a@b
mail:: YkBj
-
delete: title
-

dn: uid=2,dc=fr
changetype: delete

dn: uid=3,dc=fr
changetype: modrdn
newrdn: uid=4
deleteoldrdn: 1
newsuperior: ou=x,dc=fr
`
    expect([...parseLdif(text.replaceAll('\n', '\r\n'))]).toEqual([
      {
        kind: 'modify',
        dn: 'uid=1,dc=fr',
        changes: [
          { operation: 'replace', attribute: { type: 'sn', values: [Buffer.from('New')] } },
          { operation: 'add', attribute: { type: 'mail', values: [Buffer.from('a@b'), Buffer.from('b@c')] } },
          { operation: 'delete', attribute: { type: 'title', values: [] } },
        ],
      },
      { kind: 'delete', dn: 'uid=2,dc=fr' },
      { kind: 'rename', dn: 'uid=3,dc=fr', newRdn: 'uid=4', deleteOldRdn: true, newSuperior: 'ou=x,dc=fr' },
    ])
  })

  it('hides no leading space, colon or accent', () => {
    expect(
      formatLdif('cn=é', [{ type: 'cn', values: [Buffer.from(' x'), Buffer.from(':y'), Buffer.from('')] }]),
    ).toBe('dn:: Y249w6k=\ncn:: IHg=\ncn:: Onk=\ncn: \n\n')
  })

  it.each([
    'sn: x\n',
    'dn: a\nnocolon\n',
    'dn: a\njpegPhoto:< file:///etc/passwd\n',
    'dn: a\nsn:: ***\n',
    'dn: a\nchangetype: odd\n',
  ])('refuses %j and names the line', (text) => {
    expect(() => [...parseLdif(text)]).toThrow(LdifError)
    expect(() => [...parseLdif(text)]).toThrow(/line \d/)
  })
})
