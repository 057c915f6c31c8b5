import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldTyped } from '../../domain/key.ts'
import { keysIn, type Supplied } from '../../domain/supplied-key.ts'

const of = (...lines: [string, string][]) =>
  Object.fromEntries(
    keysIn(
      lines.map(([number, key]) => ({ number, key })),
      8,
    ),
  )

test('a key is kept as it was given, and compared without case, spaces and dashes', () => {
  expect(of(['21100001', ' abcd-2345 wxyz '])).toEqual({
    '21100001': { given: 'abcd-2345 wxyz', folded: 'ABCD2345WXYZ' },
  })
})

test('one key on two numbers is nobody’s, however it is written', () => {
  expect(of(['21100001', 'ABCD2345'], ['21100002', 'abcd-23 45'], ['21100003', 'ABCD2346'])).toMatchObject({
    '21100001': 'collision',
    '21100002': 'collision',
    '21100003': { folded: 'ABCD2346' },
  })
})

test('two keys on one number are none, the same one twice is one', () => {
  expect(of(['1', 'ABCD2345'], ['1', 'ABCD2346'], ['2', 'WXYZ2345'], ['2', 'wxyz2345'])).toMatchObject({
    1: 'collision',
    2: { given: 'WXYZ2345' },
  })
})

test.each(['SHORT12', 'ABCD2345;', 'ÀBCD2345', '=ABCD2345', '-ABCD2345', 'ABCD_2345', 'A'.repeat(65)])(
  '%s has not the form of a key',
  (key) => {
    expect(of(['1', key])).toEqual({ 1: 'malformed' })
  },
)

test('a line without a key is no line', () => {
  expect(of(['1', ''], ['2', '  '])).toEqual({})
})

test('the order of lines never decides who has a key and who has none', () => {
  const line = fc.record<Supplied>({
    number: fc.constantFrom('1', '2', '3', '4'),
    key: fc.constantFrom('', 'bad', 'ABCD2345', 'abcd-2345', 'WXYZ2345', 'WXYZ2346'),
  })
  const shuffled = fc
    .array(line, { maxLength: 12 })
    .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })))
  const facts = (lines: readonly Supplied[]) =>
    Object.fromEntries(
      [...keysIn(lines, 8)].map(([number, key]) => [number, typeof key === 'string' ? 'none' : key.folded]),
    )
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(facts(other)).toEqual(facts(one))
    }),
    { numRuns: 1_000 },
  )
})

test('whatever was given and taken can be typed', () => {
  const given = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', 'O', '1', 'I', '9', ' ', '-'),
    maxLength: 20,
  })
  fc.assert(
    fc.property(given, (key) => {
      const taken = keysIn([{ number: '1', key }], 8).get('1')
      if (taken === undefined || typeof taken === 'string') return
      expect(foldTyped(taken.given)).toBe(taken.folded)
      expect(foldTyped(taken.given.toLowerCase())).toBe(taken.folded)
    }),
  )
})
