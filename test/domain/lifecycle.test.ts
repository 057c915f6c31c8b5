import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, type Decision, type Standing } from '../../domain/lifecycle.ts'
import { graceRight, noRight, openRight } from './people.ts'
import { anyAddress, anyLeave, anyStanding, applied, leave, standing } from './standings.ts'

const nothing: Decision = { event: null, issuesKey: false, forgets: false, invites: null }
const decided = (differs: Partial<Standing>) => decide(standing(differs), leave)
const waiting = { version: 1, state: 'waiting' } as const
const used = { version: 1, state: 'used' } as const

describe('at a new right', () => {
  it('somebody who never had an account gets a new key and a letter', () => {
    expect(decided({})).toEqual({ event: 'invited', issuesKey: true, forgets: false, invites: '2026' })
  })

  it('somebody enrolled last year who never activated keeps the same key and gets the letter again', () => {
    const lastYear = { state: 'invited', lastRightYear: '2025', key: waiting, invitedFor: '2025' } as const
    expect(decided(lastYear)).toEqual({ ...nothing, invites: '2026' })
  })

  it('and that letter leaves once per open year', () => {
    expect(decided({ state: 'invited', key: waiting, invitedFor: '2026' })).toEqual(nothing)
  })

  it('the letter of a later year that was taken back does not bring that of the earlier one', () => {
    expect(decided({ state: 'invited', key: waiting, invitedFor: '2027' })).toEqual(nothing)
  })

  it('somebody enrolled last year who activated gets neither key nor letter: the same password works on', () => {
    expect(decided({ state: 'active', lastRightYear: '2025', key: used, invitedFor: '2025' })).toEqual(
      nothing,
    )
  })

  it('somebody enrolled last year whose account is suspended has the same password again', () => {
    expect(decided({ state: 'suspended', lastRightYear: '2025', key: used })).toEqual({
      ...nothing,
      event: 'reinstated',
    })
  })

  it('somebody cancelled and enrolled again in the same year is reinstated, same everything', () => {
    expect(decided({ state: 'suspended', lastRightYear: '2026', key: used })).toEqual({
      ...nothing,
      event: 'reinstated',
    })
  })

  it.each(['suspended', 'closed'] as const)(
    'somebody who comes back after a gap to a %s account gets a new key and a letter, and the old verifiers are destroyed',
    (state) => {
      expect(decided({ state, lastRightYear: '2024', key: used, invitedFor: '2024' })).toEqual({
        event: null,
        issuesKey: true,
        forgets: true,
        invites: '2026',
      })
    },
  )

  it('somebody who comes back after a gap while the account is still active keeps it unchanged', () => {
    expect(decided({ state: 'active', lastRightYear: '2024', key: used })).toEqual(nothing)
  })

  it('a closed account needs a new key even without a gap, since its verifiers are gone', () => {
    expect(decided({ state: 'closed', lastRightYear: '2026', key: used })).toMatchObject({ issuesKey: true })
  })

  it('somebody who comes back after a purge is invited again', () => {
    expect(decided({ state: 'purged', lastRightYear: '2023', key: used })).toEqual({
      event: 'invited',
      issuesKey: true,
      forgets: true,
      invites: '2026',
    })
  })

  it('the years before the oldest open one say whether there was a gap', () => {
    const right = { ...openRight, years: ['2026', '2027'] }
    expect(decided({ state: 'suspended', right, lastRightYear: '2025', key: used }).event).toBe('reinstated')
    expect(decided({ state: 'suspended', right, lastRightYear: '2024', key: used }).issuesKey).toBe(true)
  })

  it('an active account is never mailed a key, even if one still waits', () => {
    expect(decided({ state: 'active', key: waiting })).toEqual(nothing)
  })
})

describe('a personal address', () => {
  it.each(['missing', 'invalid', 'institutional', 'shared'] as const)(
    'that is %s holds the letter back, not the key',
    (address) => {
      expect(decided({ address })).toEqual({
        event: 'invited',
        issuesKey: true,
        forgets: false,
        invites: null,
      })
    },
  )

  it('that becomes usable makes the letter due, with the same key', () => {
    const withheld = applied(standing({ address: 'shared' }), decided({ address: 'shared' }))
    expect(decide({ ...withheld, address: 'usable' }, leave)).toEqual({ ...nothing, invites: '2026' })
  })
})

describe('a key', () => {
  it('sleeps without a right and wakes unchanged', () => {
    expect(decided({ state: 'invited', right: noRight, key: waiting, daysWithoutRight: 4000 })).toEqual(
      nothing,
    )
    expect(decided({ state: 'invited', key: waiting, invitedFor: '2026' })).toEqual(nothing)
  })

  it('given after a gap is not given twice, whatever happens before it is used', () => {
    const back = { state: 'suspended', lastRightYear: '2026', key: waiting, invitedFor: '2026' } as const
    expect(decided(back)).toEqual(nothing)
    expect(decided({ ...back, right: graceRight })).toEqual(nothing)
    expect(decided({ ...back, right: { ...openRight, years: ['2027'] } })).toEqual({
      ...nothing,
      invites: '2027',
    })
  })
})

describe('in grace', () => {
  it.each(['none', 'invited', 'active', 'closed', 'purged'] as const)(
    'nothing new is given to %s',
    (state) => {
      expect(decided({ state, right: graceRight })).toEqual(nothing)
      expect(decided({ state, right: graceRight, key: waiting })).toEqual(nothing)
    },
  )

  it('a suspended account is reinstated', () => {
    expect(decided({ state: 'suspended', right: graceRight, key: used }).event).toBe('reinstated')
  })
})

describe('without a right', () => {
  const left = (state: Standing['state'], daysWithoutRight: number) =>
    decided({ state, right: noRight, daysWithoutRight, key: used })

  it('an active account is suspended at once by default', () => {
    expect(left('active', 0)).toEqual({ ...nothing, event: 'suspended' })
  })

  it('or after the days that the settings leave', () => {
    const patient = { ...leave, suspendAfter: 7 }
    const active = standing({ state: 'active', right: noRight, daysWithoutRight: 6 })
    expect(decide(active, patient)).toEqual(nothing)
    expect(decide({ ...active, daysWithoutRight: 7 }, patient).event).toBe('suspended')
  })

  it('a suspended account is closed on the 90th day, a closed one purged on the 365th', () => {
    expect(left('suspended', 89)).toEqual(nothing)
    expect(left('suspended', 90)).toEqual({ ...nothing, event: 'closed' })
    expect(left('closed', 364)).toEqual(nothing)
    expect(left('closed', 365)).toEqual({ ...nothing, event: 'purged' })
  })

  it.each(['none', 'invited', 'purged'] as const)('nothing ever happens to %s', (state) => {
    expect(left(state, 4000)).toEqual(nothing)
  })
})

describe('the laws of a decision', () => {
  it('with a right, deciding again after applying decides nothing more', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        fc.pre(given.right.kind !== 'none')
        const then = applied(given, decide(given, rules))
        expect(decide(then, rules)).toEqual(nothing)
      }),
      { numRuns: 1000 },
    )
  })

  it('without one, each look takes one step of leaving at most, and three looks are the last', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        let now: Standing = { ...given, right: noRight, daysWithoutRight: given.daysWithoutRight ?? 0 }
        for (let look = 0; look < 3; look++) {
          const decision = decide(now, rules)
          expect(decision).toEqual({ ...nothing, event: decision.event })
          now = applied(now, decision)
        }
        expect(decide(now, rules)).toEqual(nothing)
      }),
      { numRuns: 500 },
    )
  })

  it('every event has its arrow in the life of an account', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        expect(() => applied(given, decide(given, rules))).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  it('nobody is suspended, closed or purged while the right is open or grace', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        fc.pre(given.right.kind !== 'none')
        expect(['invited', 'reinstated', null]).toContain(decide(given, rules).event)
      }),
      { numRuns: 500 },
    )
  })

  it('keys and letters go only to whoever has an open right, letters only to a usable address', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        const { issuesKey, invites } = decide(given, rules)
        if (given.right.kind !== 'open') expect([issuesKey, invites]).toEqual([false, null])
        if (given.address !== 'usable' || given.state === 'active') expect(invites).toBeNull()
        if (invites !== null) expect(given.right.years.at(-1)).toBe(invites)
      }),
      { numRuns: 500 },
    )
  })

  it('a key that waits is never replaced unasked, and verifiers are destroyed only with a new key', () => {
    fc.assert(
      fc.property(anyStanding, anyLeave, (given, rules) => {
        const { issuesKey, forgets, event } = decide(given, rules)
        if (given.key?.state === 'waiting') expect(issuesKey).toBe(false)
        if (forgets) expect(issuesKey).toBe(true)
        if (event === 'reinstated') expect(issuesKey).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a whole life', () => {
  const years = fc.subarray(['2026', '2027', '2028'])
  const happening = fc.oneof(
    years.map((open) => ({ kind: 'enrolled', open }) as const),
    fc.constant({ kind: 'grace' } as const),
    fc.nat(500).map((days) => ({ kind: 'left', days }) as const),
    anyAddress.map((address) => ({ kind: 'address', address }) as const),
    fc.constant({ kind: 'activates' } as const),
  )

  it('brings one letter per key and open year, and one waiting key at a time', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
        let now = standing({ right: noRight, daysWithoutRight: 0 })
        const letters: string[] = []
        const look = () => {
          const decision = decide(now, leave)
          now = applied(now, decision)
          if (decision.invites !== null) letters.push(`${now.key?.version ?? 0} ${decision.invites}`)
        }
        const changes = (differs: Pick<Standing, 'right' | 'daysWithoutRight'>) => {
          const former = now.right.years.filter((year) => !differs.right.years.includes(year))
          const lastRightYear = [now.lastRightYear ?? '', ...former].sort().at(-1) ?? ''
          now = { ...now, ...differs, lastRightYear: lastRightYear === '' ? null : lastRightYear }
        }
        for (const each of happenings) {
          if (each.kind === 'enrolled' && each.open.length > 0)
            changes({ right: { ...openRight, years: each.open }, daysWithoutRight: null })
          else if (each.kind === 'grace') changes({ right: graceRight, daysWithoutRight: null })
          else if (each.kind === 'left') changes({ right: noRight, daysWithoutRight: each.days })
          else if (each.kind === 'address') now = { ...now, address: each.address }
          else if (now.key?.state === 'waiting' && now.right.kind === 'open')
            now = { ...now, state: 'active', key: { ...now.key, state: 'used' } }
          look()
          expect(now.key?.state === 'waiting' && now.state === 'active').toBe(false)
        }
        expect(new Set(letters).size).toBe(letters.length)
      }),
      { numRuns: 1000 },
    )
  })
})
