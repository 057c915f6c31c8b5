import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  confirmed,
  forwardingNow,
  forwardingOf,
  remembering,
  type Forwarding,
  type ForwardingFacts,
  type ForwardingMemory,
} from '../../domain/forwarding.ts'

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

describe('what is remembered of a mailbox', () => {
  /** A mailbox, its student and the house, as they act one after the other. */
  interface Scene {
    found: Forwarding
    memory: ForwardingMemory | undefined
    wanted: string | null
    off: boolean
    /** What must be there, whoever set it, while the account is open. */
    truth: { theirs: boolean; address: string | null }
  }

  /** The house looks, and acts: done and told, done without being told, or not done. */
  function settle(scene: Scene, outcome: 'done' | 'lost' | 'undone'): void {
    scene.memory = confirmed(scene.found, scene.memory) ?? scene.memory
    const told = forwardingNow(scene, scene.found, scene.memory)
    const intent = remembering(scene.found, told, scene.memory)
    if (intent) scene.memory = intent
    if (outcome === 'undone') return
    scene.found = told
    if (outcome === 'done') scene.memory = confirmed(scene.found, scene.memory) ?? scene.memory
  }

  const addresses = ['a@x.fr', 'b@x.fr', 'c@x.fr', null]
  const act = fc.oneof(
    fc.record({ kind: fc.constant('wanted' as const), address: fc.constantFrom(...addresses) }),
    // A student cannot sign in while the account is shut, and chooses what the house did not.
    fc.record({ kind: fc.constant('chooses' as const), address: fc.constantFrom('mine@y.fr', 'other@y.fr') }),
    fc.record({ kind: fc.constant('off' as const), off: fc.boolean() }),
    fc.record({
      kind: fc.constant('settles' as const),
      outcome: fc.constantFrom('done' as const, 'lost' as const, 'undone' as const),
    }),
  )

  test('whatever happens, in whatever order, a student’s choice stays theirs and the rest follows the house', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const scene: Scene = {
          found: { address: null, barred: false },
          memory: undefined,
          wanted: 'a@x.fr',
          off: false,
          truth: { theirs: false, address: null },
        }
        for (const each of acts) {
          if (each.kind === 'wanted') scene.wanted = each.address
          else if (each.kind === 'off') scene.off = each.off
          else if (each.kind === 'settles') settle(scene, each.outcome)
          else if (!scene.off && !scene.found.barred) {
            // What is under way is known before somebody sits down in the webmail.
            settle(scene, 'done')
            scene.found = { address: each.address, barred: false }
            scene.truth = { theirs: true, address: each.address }
          }
        }
        settle(scene, 'done')
        const { theirs, address } = scene.truth
        expect(scene.found).toEqual(
          scene.off
            ? { address: null, barred: true }
            : { address: theirs ? address : scene.wanted, barred: false },
        )
        // And there is nothing more to do.
        expect(remembering(scene.found, forwardingNow(scene, scene.found, scene.memory), scene.memory)).toBe(
          undefined,
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('nowhere is a choice too, and comes back with the account', () => {
    const quiet: Forwarding = { address: null, barred: false }
    const memory: ForwardingMemory = { address: ada, unsure: false, before: null, chosen: null, off: false }
    const shut = forwardingNow({ wanted: null, off: true }, quiet, memory)
    const off = remembering(quiet, shut, memory)
    expect(off).toMatchObject({ chosen: '', off: true })
    expect(forwardingNow({ wanted: ada, off: false }, shut, off)).toEqual(quiet)
  })

  test('a bar that somebody else has set stays, and what stands behind it', () => {
    const found: Forwarding = { address: ada, barred: true }
    expect(forwardingNow({ wanted: 'ada@example.net', off: false }, found, undefined)).toBe(found)
  })
})
