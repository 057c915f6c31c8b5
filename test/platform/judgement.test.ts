import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomText, seededChance } from '../../platform/chance.ts'
import { judgement } from '../../platform/judgement.ts'
import { containsOwn, fold, ownTerms } from '../../platform/own-data.ts'
import { randomBits } from '../../platform/random-bits.ts'
import { measure, periodOf } from '../../platform/strength.ts'

const ada = ['21100001', 'Ada', "LOVELACE D'ÉTÉ", '2007-12-10', 'countess.ada@example.org']
const strong = { bits: 90, common: false }
const judge = (password: string) => judgement(password, ada, measure(password, ada))

test.each([
  ['le chat mange la souris verte', []],
  ['correct horse battery staple', []],
  ['x7!Kp0q#Lw9zVbT2', []],
  ['kqxzjvwpmbtrfgh', []],
  ['日本語のパスワードは長いです', []],
  ['motdepasse', ['TOO_SHORT', 'COMMON']],
  ['p@$$w0rd', ['TOO_SHORT', 'COMMON']],
  ['motdepasse2021', ['TOO_SHORT', 'GUESSABLE']],
  ['Motdepasse2021!', ['GUESSABLE']],
  ['azertyuiopqsdfghjklm', ['GUESSABLE']],
  ['aaaaaaaaaaaaaaaaaaaaaaa', ['GUESSABLE']],
  ['p@$$w0rd'.repeat(12), ['GUESSABLE']],
  ['Zorglubien1!', ['TOO_SHORT', 'GUESSABLE']],
  ['hier 21100001 moutons blancs', ['OWN_DATA']],
  ['ma tante Lovelàce aime danser', ['OWN_DATA']],
  ['née le 10/12/2007 sous la lune', ['OWN_DATA']],
  ['née le 10 Décembre 2007 sous la lune', ['OWN_DATA']],
  ['la countess dort sur un nuage', ['OWN_DATA']],
])('« %s » is judged %j', (password, reasons) => {
  expect(judge(password).reasons).toEqual(reasons)
})

test('what is no text, or too long, is refused for that alone', () => {
  for (const bad of ['\u0000', '\n', '\u007f', '\u2028', '\ud800', 'a\udc00b']) {
    expect(judgement(`long enough otherwise ${bad}`, [], strong)).toEqual({
      score: 0,
      acceptable: false,
      reasons: ['NOT_TEXT'],
    })
  }
  expect(judgement('é'.repeat(512), [], strong).acceptable).toBe(true)
  expect(judgement('é'.repeat(512) + 'x', [], strong).reasons).toEqual(['TOO_LONG'])
  expect(judgement('', [], null).reasons).toEqual(['TOO_SHORT'])
})

test('15 characters are enough, or 80 bits, and 50 bits are needed in any case', () => {
  const found = (length: number, bits: number) =>
    judgement('x'.repeat(length), [], { bits, common: false }).reasons
  expect(found(14, 79)).toEqual(['TOO_SHORT'])
  expect(found(14, 80)).toEqual([])
  expect(found(15, 50)).toEqual([])
  expect(found(15, 49)).toEqual(['GUESSABLE'])
})

test('length counts characters as people see them once composed, not bytes', () => {
  expect(judgement('é'.normalize('NFD').repeat(14), [], null).reasons).toEqual(['TOO_SHORT'])
  expect(judgement('🎈'.repeat(14), [], null).reasons).toEqual(['TOO_SHORT'])
  expect(judgement('🎈'.repeat(15), [], null).reasons).toEqual([])
})

test('without a measure, length and content decide', () => {
  expect(judgement('x'.repeat(15), ada, null)).toEqual({ score: 3, acceptable: true, reasons: [] })
  expect(judgement('x'.repeat(14), ada, null).reasons).toEqual(['TOO_SHORT'])
  expect(judgement('lovelace xxxxxxx', ada, null).reasons).toEqual(['OWN_DATA'])
})

test('the score says acceptable if and only if it is, and never more than 4', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(200), fc.boolean(), (password, bits, common) => {
      const { score, acceptable, reasons } = judgement(password, ada, { bits, common })
      expect(acceptable).toBe(reasons.length === 0)
      expect(score >= 3).toBe(acceptable)
      expect(new Set(reasons).size).toBe(reasons.length)
    }),
  )
})

test('own data is found whatever its accents, case and separators', () => {
  const terms = ownTerms(['Jean-François', 'de La Tour', "O'Neill", '2007-01-05', '3100001', 'x@example.org'])
  expect(terms).toContain('jeanfrancois')
  expect(terms).toContain('francois')
  expect(terms).toContain('delatour')
  expect(terms).not.toContain('la')
  expect(terms).not.toContain('x')
  expect(containsOwn('--JEAN . FRANÇOIS--', terms)).toBe(true)
  expect(containsOwn('5 janvier 2007', terms)).toBe(true)
  expect(containsOwn('2007_01_05', terms)).toBe(true)
  expect(containsOwn('une nuit de janvier', terms)).toBe(false)
  expect(fold('Œuvre Straße Æther')).toBe('oeuvrestrasseaether')
})

test('whoever has a name of four letters cannot hide it in a password', () => {
  const letters = fc.stringMatching(/^[A-Za-zÀ-ÖØ-öø-ÿ]{4,20}$/)
  fc.assert(
    fc.property(letters, fc.string(), fc.string(), (own, before, after) => {
      expect(containsOwn(before + own.toUpperCase() + after, ownTerms([own]))).toBe(true)
    }),
  )
})

test('random characters measure what CNIL counts, words with a tail of digits much less', () => {
  expect(randomBits('kqxzjvwpmbtrfgh')).toBeCloseTo(15 * Math.log2(26))
  const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('')
  const chance = seededChance('twelve characters')
  const bits = Array.from({ length: 500 }, () => randomBits(randomText(chance, printable, 12)))
  // 12 × log2(94) = 78.7: what the description costs is, on average, what the choice was worth.
  expect(bits.reduce((sum, one) => sum + one, 0) / bits.length).toBeCloseTo(78.7, -0.5)
  expect(randomBits('Zorglubien1!')).toBeLessThan(75)
  expect(randomBits('éàü')).toBe(randomBits('eau'))
  expect(randomBits('')).toBe(0)
})

test('a text that repeats itself is found by its period', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 2, max: 6 }),
      (unit, times) => {
        const whole = Array.from({ length: times }, () => unit).flat()
        const period = periodOf(whole)
        expect(unit.length % period).toBe(0)
        expect(whole.every((letter, index) => letter === whole[index % period])).toBe(true)
      },
    ),
  )
  expect(periodOf(Array.from('abcdefgh'))).toBe(8)
  expect(periodOf(Array.from('abcabca'))).toBe(3)
  expect(periodOf([])).toBe(0)
})

test('any text at all can be measured, in whole bits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 150 }), (password) => {
      const { bits } = measure(password, ada)
      expect(Number.isInteger(bits) && bits >= 0).toBe(true)
    }),
    { numRuns: 40 },
  )
})
