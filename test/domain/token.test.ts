import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isToken, tokenAlphabet, tokenLength } from '../../domain/token.ts'

const character = fc.constantFrom(...Array.from(tokenAlphabet))

describe('a reset token', () => {
  it('has the form of the guide’s specimen', () => {
    expect(isToken('2sy4AoK2AUimbqwrJUimbqwrJH1Np5')).toBe(true)
  })

  it('is 30 characters of 62, all different', () => {
    expect(tokenLength).toBe(30)
    expect(new Set(tokenAlphabet).size).toBe(62)
    expect(tokenAlphabet).toMatch(/^[0-9A-Za-z]+$/)
  })

  it('is any text of that alphabet and that length', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: tokenLength, maxLength: tokenLength }), (text) => {
        expect(isToken(text)).toBe(true)
      }),
    )
  })

  it('is none of another length', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 40 }), (text) => {
        expect(isToken(text)).toBe(text.length === tokenLength)
      }),
    )
  })

  it('is none with one foreign character anywhere, a line end included', () => {
    const foreign = fc.oneof(
      fc.constantFrom('\n', ' ', '-', '_', '%', '\0', 'é', '０', 'ß', '\u212a'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    )
    fc.assert(
      fc.property(foreign, fc.nat(tokenLength - 1), (odd, place) => {
        fc.pre(!tokenAlphabet.includes(odd))
        const text = 'a'.repeat(tokenLength)
        expect(isToken(text.slice(0, place) + odd + text.slice(place + odd.length))).toBe(false)
      }),
    )
    expect(isToken(`${'a'.repeat(29)}\n`)).toBe(false)
    expect(isToken(`${'a'.repeat(30)}\n`)).toBe(false)
  })
})
