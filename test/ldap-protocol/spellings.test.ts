import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Spellings } from '../../ldap-protocol/spellings.ts'

it('a word means the same however often it is asked, beside words that share its number', () => {
  // `Aa` and `BB` share theirs, and so do words made of them.
  const word = fc
    .array(fc.constantFrom('Aa', 'BB', 'cn', 'C'), { maxLength: 3 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.nat(3)), { maxLength: 30 }), (asked) => {
      const spellings = new Spellings((text) => ({ text }))
      for (const [text, before] of asked) {
        const bytes = Buffer.from(`${'x'.repeat(before)}${text}y`)
        expect(spellings.at(bytes, before, before + text.length)).toEqual({ text })
      }
    }),
  )
})

it('a word is read once, and any number of words takes no memory without bound', () => {
  const read: string[] = []
  const spellings = new Spellings((text) => read.push(text))
  for (let round = 0; round < 2; round++) spellings.at(Buffer.from('cn'), 0, 2)
  expect(read).toEqual(['cn'])
  for (let number = 0; number < 10_000; number++) spellings.at(Buffer.from(`cn;lang-${number}`), 0, 12)
  for (let round = 0; round < 2; round++) spellings.at(Buffer.from('zz;lang-zz'), 0, 10)
  expect(read.slice(-2)).toEqual(['zz;lang-zz', 'zz;lang-zz'])
})
