import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldKey, groupKey, retype } from '../../../web/page/activation-key.ts'

/** What hands and clipboards bring: signs of a key with anything between them, often longer than a key. */
const typing = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom('A', 'b', 'C', 'x', '2', '9', 'é', ' ', '-'),
    maxLength: 40,
    size: 'max',
  }),
)

describe('the activation key as it is typed', () => {
  it('a pasted key is read in any case, with dashes or spaces', () => {
    for (const typed of ['abcd-efgh-jkmn', ' ABCD EFGH JKMN ', 'abcdefghjkmn', 'AbCd.EfGh\u00a0jkmn\n']) {
      expect(foldKey(typed)).toBe('ABCDEFGHJKMN')
    }
  })

  it('the key is shown in groups of four, without a space at its end', () => {
    expect(groupKey('abcd')).toBe('ABCD')
    expect(groupKey('abcde')).toBe('ABCD E')
    expect(groupKey('abcdefghjkmn')).toBe('ABCD EFGH JKMN')
  })

  it('grouping changes nothing of the key, and grouping again changes nothing at all', () => {
    fc.assert(
      fc.property(typing, (typed) => {
        expect(foldKey(groupKey(typed))).toBe(foldKey(typed))
        expect(groupKey(groupKey(typed))).toBe(groupKey(typed))
      }),
    )
  })

  it('the caret stays after the characters it stood after', () => {
    fc.assert(
      fc.property(typing, fc.nat(80), (typed, at) => {
        const caret = Math.min(at, typed.length)
        const shown = retype(typed, caret)
        expect(foldKey(shown.value.slice(0, shown.caret))).toBe(foldKey(typed.slice(0, caret)))
      }),
    )
  })

  it('a character typed in the middle leaves the caret in the middle', () => {
    expect(retype('ABXCD EFGH', 3)).toEqual({ value: 'ABXC DEFG H', caret: 3 })
    expect(retype('ABCDE', 5)).toEqual({ value: 'ABCD E', caret: 6 })
  })
})
