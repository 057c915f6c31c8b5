import { expect, test } from 'vitest'
import { forwardingOf, type ForwardingFacts } from '../../domain/forwarding.ts'

const ada = 'ada@example.org'
const fresh: ForwardingFacts = {
  byDefault: true,
  address: ada,
  addressState: 'usable',
  remembered: undefined,
  found: null,
}

test('a new mailbox forwards to the personal address by itself, unless the university does not want it', () => {
  expect(forwardingOf(fresh)).toBe(ada)
  expect(forwardingOf({ ...fresh, byDefault: false })).toBeNull()
})

test.each(['missing', 'invalid', 'institutional', 'shared'] as const)(
  'nothing is forwarded to an address that is %s',
  (addressState) => {
    expect(forwardingOf({ ...fresh, addressState })).toBeNull()
    expect(forwardingOf({ ...fresh, addressState, remembered: ada, found: ada })).toBeNull()
  },
)

test('a changed personal address is followed while the mailbox holds what we set', () => {
  const moved = { ...fresh, address: 'ada@example.net', remembered: ada, found: ada }
  expect(forwardingOf(moved)).toBe('ada@example.net')
})

test.each([
  ['elsewhere', 'elsewhere@example.com'],
  ['nowhere', null],
])('a student who has chosen %s is left alone for ever', (_, found) => {
  expect(forwardingOf({ ...fresh, address: 'ada@example.net', remembered: ada, found })).toBe(found)
})

test('what a mailbox forwarded to before we knew it stays', () => {
  expect(forwardingOf({ ...fresh, found: 'elsewhere@example.com' })).toBe('elsewhere@example.com')
})
