import fc from 'fast-check'
import { accountStates, next } from '../../domain/account.ts'
import type { Decision, LeaveRules, Standing } from '../../domain/lifecycle.ts'
import type { Right } from '../../domain/right.ts'
import { graceRight, noRight, openRight } from './people.ts'

export const leave: LeaveRules = { suspendAfter: 0, closeAfter: 90, purgeAfter: 365 }

export const standing = (differs: Partial<Standing> = {}): Standing => ({
  state: 'none',
  right: openRight,
  lastRightYear: null,
  address: 'usable',
  key: null,
  invitedFor: null,
  daysWithoutRight: null,
  ...differs,
})

/** The smallest registry: what a decision leaves of a standing. Throws where the event has no arrow. */
export function applied(before: Standing, { event, issuesKey, invites }: Decision): Standing {
  const state = event === null ? before.state : next(before.state, event)
  if (state === null) throw new Error(`${before.state} has no arrow ${String(event)}`)
  const key = issuesKey
    ? ({ version: (before.key?.version ?? 0) + 1, state: 'waiting' } as const)
    : before.key
  return { ...before, state, key, invitedFor: invites ?? (issuesKey ? null : before.invitedFor) }
}

const right: fc.Arbitrary<Right> = fc.constantFrom<Right[]>(
  openRight,
  { ...openRight, years: ['2026', '2027'] },
  { ...openRight, years: ['2027'] },
  graceRight,
  noRight,
)

export const anyAddress = fc.constantFrom('usable', 'missing', 'invalid', 'institutional', 'shared')

export const anyLeave: fc.Arbitrary<LeaveRules> = fc
  .tuple(fc.nat(30), fc.nat(100), fc.nat(400))
  .map(([suspendAfter, more, most]) => ({
    suspendAfter,
    closeAfter: suspendAfter + more,
    purgeAfter: suspendAfter + more + most,
  }))

/** Every combination, those that no life leads to included. */
export const anyStanding: fc.Arbitrary<Standing> = fc
  .record({
    state: fc.constantFrom(...accountStates),
    right,
    lastRightYear: fc.constantFrom(null, '2022', '2024', '2025', '2026'),
    address: anyAddress,
    key: fc.option(
      fc.record({
        version: fc.integer({ min: 1, max: 3 }),
        state: fc.constantFrom('waiting', 'used', 'replaced'),
      }),
      { nil: null },
    ),
    invitedFor: fc.constantFrom(null, '2025', '2026', '2027'),
    daysWithoutRight: fc.nat(600),
  })
  .map((all) => ({ ...all, daysWithoutRight: all.right.kind === 'none' ? all.daysWithoutRight : null }))
