import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountEvents,
  accountStates,
  next,
  present,
  type AccountEvent,
  type AccountState,
} from '../../domain/account.ts'
import { hasEntry } from '../../domain/profile.ts'

/** The arrows of the diagram in domain/account.ts, and no others. */
const arrows: readonly (readonly [AccountState, AccountEvent, AccountState])[] = [
  ['none', 'invited', 'invited'],
  ['none', 'adopted', 'active'],
  ['invited', 'activated', 'active'],
  ['invited', 'adopted', 'active'],
  ['active', 'suspended', 'suspended'],
  ['suspended', 'reinstated', 'active'],
  ['suspended', 'activated', 'active'],
  ['suspended', 'closed', 'closed'],
  ['closed', 'activated', 'active'],
  ['closed', 'purged', 'purged'],
  ['purged', 'invited', 'invited'],
]

describe('the life of an account', () => {
  it.each(arrows)('%s, once %s, is %s', (from, event, to) => {
    expect(next(from, event)).toBe(to)
  })

  it('has no other arrow', () => {
    const drawn = new Set(arrows.map(([from, event]) => `${from} ${event}`))
    for (const state of accountStates) {
      for (const event of accountEvents) {
        if (!drawn.has(`${state} ${event}`)) expect(next(state, event), `${state} ${event}`).toBeNull()
      }
    }
  })

  it('becomes active only by the student’s act, by adoption, or by coming back from suspension', () => {
    for (const [from, event, to] of arrows) {
      if (to !== 'active') continue
      expect(event === 'reinstated' ? from : event).toMatch(/^(activated|adopted|suspended)$/)
    }
  })

  it('never returns to none, and reaches purged only through suspended and closed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...accountEvents), { maxLength: 30 }), (events) => {
        const path: AccountState[] = ['none']
        for (const event of events) {
          const state = next(path.at(-1) ?? 'none', event)
          if (state !== null) path.push(state)
        }
        expect(path.slice(1)).not.toContain('none')
        for (const [place, state] of path.entries()) {
          if (state === 'purged') expect(path.slice(place - 2, place)).toEqual(['suspended', 'closed'])
        }
      }),
    )
  })

  it('has an entry from activation to purge', () => {
    expect(present).toEqual(['active', 'suspended', 'closed'])
    for (const state of accountStates) expect(hasEntry({ state })).toBe(present.includes(state))
  })
})
