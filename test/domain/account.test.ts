import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
import { packageRoot } from '../../platform/root.ts'

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

it('the diagram in docs/lives.md has every arrow, and no other', async () => {
  const page = await readFile(join(packageRoot, 'docs', 'lives.md'), 'utf8')
  const [, diagram = ''] = /## The account\n\n```mermaid\n([^`]*)```/.exec(page) ?? []
  const drawn = [...diagram.matchAll(/^ {2}(\w+) --> (\w+): (\w+)$/gm)].map(([, from, to, event]) => ({
    from,
    event,
    to,
  }))
  const real = accountStates.flatMap((from) =>
    accountEvents.flatMap((event) => {
      const to = next(from, event)
      return to === null ? [] : [{ from, event, to }]
    }),
  )
  const inOrder = (arrows: readonly object[]) => arrows.map((arrow) => JSON.stringify(arrow)).sort()
  expect(inOrder(drawn)).toEqual(inOrder(real))
})
