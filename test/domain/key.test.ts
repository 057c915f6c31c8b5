import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldKey, keyAlphabet, keyLength, keyState } from '../../domain/key.ts'

const character = fc.constantFrom(...Array.from(keyAlphabet))
const key = fc.string({ unit: character, minLength: keyLength, maxLength: keyLength })
const filler = fc.string({
  unit: fc.constantFrom(' ', '-', '\t', '\n', '\u00a0', '\u2009', '\u2010', '\u2011', '\u2013', '\u2014'),
  maxLength: 3,
})

describe('the alphabet of keys', () => {
  it('is A–Z and 2–9 without what may be misread on a card', () => {
    const wanted = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789').filter((each) => !'ILOU'.includes(each))
    expect(Array.from(keyAlphabet)).toEqual(wanted)
  })

  it('gives a key 58.9 bits', () => {
    expect(Math.log2(keyAlphabet.length) * keyLength).toBeCloseTo(58.88, 2)
  })
})

describe('a key as typed', () => {
  it('in any case, with spaces and dashes anywhere, is the same key', () => {
    fc.assert(
      fc.property(
        key,
        fc.array(filler, { minLength: keyLength + 1, maxLength: keyLength + 1 }),
        fc.array(fc.boolean(), { minLength: keyLength, maxLength: keyLength }),
        (stored, fillers, small) => {
          const typed = Array.from(stored)
            .map((each, place) => (fillers[place] ?? '') + (small[place] ? each.toLowerCase() : each))
            .join('')
          expect(foldKey(typed + (fillers.at(-1) ?? ''))).toBe(stored)
        },
      ),
    )
  })

  it('whatever the text, is in the stored form or none, and folding again changes nothing', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 16 }),
      fc.string({ unit: fc.oneof(character, fc.constantFrom('ß', 'ſ', 'ı', 'ﬀ', 'l', '0')), maxLength: 13 }),
    )
    fc.assert(
      fc.property(text, (typed) => {
        const folded = foldKey(typed)
        if (folded === null) return
        expect(folded).toMatch(/^[A-HJKMNP-TV-Z2-9]{12}$/)
        expect(foldKey(folded)).toBe(folded)
      }),
    )
  })

  it('two different keys are never folded into one', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(foldKey(one.toLowerCase()) === foldKey(other)).toBe(one === other)
      }),
    )
  })

  it.each([
    '',
    'ABCDEFGHJKM',
    'ABCDEFGHJKMNP',
    'ABCDEFGHJKM0',
    'ABCDEFGHJKM1',
    'ABCDEFGHJKMO',
    'ABCD_EFGH_JKMN',
  ])('%j is no key', (typed) => {
    expect(foldKey(typed)).toBeNull()
  })

  it('letters of other alphabets do not stand for ours', () => {
    for (const typed of [
      'ſBCDEFGHJKMN',
      'ßBCDEFGHJKM',
      'АBCDEFGHJKMN',
      'ＡBCDEFGHJKMN',
      '\u212aBCDEFGHJKMN',
    ]) {
      expect(foldKey(typed)).toBeNull()
    }
  })
})

describe('the state of a key', () => {
  it('waiting sleeps without a right and wakes with it', () => {
    expect(keyState('waiting', false)).toBe('sleeping')
    expect(keyState('waiting', true)).toBe('waiting')
  })

  it.each(['used', 'replaced'] as const)('%s it stays, right or not', (stored) => {
    expect(keyState(stored, true)).toBe(stored)
    expect(keyState(stored, false)).toBe(stored)
  })
})
