import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, planOne } from '../../daemon/plan.ts'
import type { Attributes, Change, Entry } from '../../domain/entry.ts'
import { profiles } from '../../domain/profiles/index.ts'
import { anyHolder, holder, shuffled, site } from '../domain/people.ts'

const names = ['objectClass', 'cn', 'mail', 'userPassword', 'description', 'manager'] as const
// Case, repetition and order are what directories and people disagree about.
const values = fc.array(fc.constantFrom('ada', 'ADA', 'Ada', 'lovelace', 'x'), { minLength: 1, maxLength: 4 })
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.constantFrom(...names), values, {
  noNullPrototype: true,
})
const dn = fc.constantFrom('uid=21100001,ou=people,dc=example', 'uid=21100001,ou=old,dc=example')
const entry: fc.Arbitrary<Entry> = fc.record({ id: fc.constant('21100001'), dn, attributes })
const maybe = fc.option(entry, { nil: null })
const managed = fc.subarray([...names])

const entryOf = (given: Attributes, at = 'uid=21100001,ou=people,dc=example'): Entry => ({
  id: '21100001',
  dn: at,
  attributes: given,
})

/** The same, with the order and repetition of values taken away, since they mean nothing. */
const asSets = (given: Attributes) =>
  Object.fromEntries(Object.entries(given).map(([name, list]) => [name, [...new Set(list)].sort()]))
const withSets = (change: Change) =>
  change.kind === 'add'
    ? { ...change, attributes: asSets(change.attributes) }
    : change.kind === 'modify'
      ? { ...change, replace: asSets(change.replace) }
      : change

const reordered = (given: Entry | null): fc.Arbitrary<Entry | null> =>
  given === null
    ? fc.constant(null)
    : shuffled(Object.entries(given.attributes))
        .chain((pairs) =>
          fc.tuple(...pairs.map(([name, list]) => shuffled(list).map((other) => [name, other] as const))),
        )
        .map((pairs) => ({ ...given, attributes: Object.fromEntries(pairs) }))

describe('the three laws', () => {
  it('there is nothing to do once done', () => {
    fc.assert(
      fc.property(maybe, maybe, managed, (desired, actual, ours) => {
        const then = after(actual, planOne(desired, actual, ours))
        expect(planOne(desired, then, ours)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('the order in which values, attributes and names arrive does not matter', () => {
    const orders = fc
      .tuple(maybe, maybe, managed)
      .chain(([desired, actual, ours]) =>
        fc.tuple(
          fc.constant([desired, actual, ours] as const),
          fc.tuple(reordered(desired), reordered(actual), shuffled(ours)),
        ),
      )
    fc.assert(
      fc.property(orders, ([one, other]) => {
        expect(planOne(...other).map(withSets)).toEqual(planOne(...one).map(withSets))
      }),
      { numRuns: 1000 },
    )
  })

  it('what is unmanaged survives, and is never mentioned', () => {
    fc.assert(
      fc.property(entry, entry, managed, (desired, actual, ours) => {
        const changes = planOne(desired, actual, ours)
        const then = after(actual, changes)
        for (const name of names.filter((each) => !ours.includes(each))) {
          expect(then?.attributes[name]).toEqual(actual.attributes[name])
          for (const change of changes)
            if (change.kind === 'modify') expect(change.replace).not.toHaveProperty(name)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what a plan leads to', () => {
  it('is what was desired of every managed attribute, classes apart', () => {
    fc.assert(
      fc.property(entry, entry, managed, (desired, actual, ours) => {
        const then = after(actual, planOne(desired, actual, ours))
        expect(then?.dn).toBe(desired.dn)
        for (const name of ours) {
          const [has = [], wanted = []] = [then?.attributes[name], desired.attributes[name]]
          if (name !== 'objectClass') expect(new Set(has)).toEqual(new Set(wanted))
          else
            for (const each of wanted)
              expect(has.map((value) => value.toLowerCase())).toContain(each.toLowerCase())
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never loses a class that the entry had', () => {
    fc.assert(
      fc.property(entry, entry, managed, (desired, actual, ours) => {
        const then = after(actual, planOne(desired, actual, ours))
        expect(then?.attributes['objectClass'] ?? []).toEqual(
          expect.arrayContaining([...(actual.attributes['objectClass'] ?? [])]),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('names only what differs', () => {
    fc.assert(
      fc.property(entry, entry, managed, (desired, actual, ours) => {
        for (const change of planOne(desired, actual, ours)) {
          if (change.kind !== 'modify') continue
          for (const [name, wants] of Object.entries(change.replace)) {
            expect(new Set(wants)).not.toEqual(new Set(actual.attributes[name]))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each(Object.values(profiles).map((profile) => [profile.name, profile] as const))(
    'in %s, is the entry of the student as they are now, whatever they were',
    (_, profile) => {
      fc.assert(
        fc.property(anyHolder, anyHolder, (was, is) => {
          const before = profile.entry({ ...was, person: { ...was.person, number: is.person.number } }, site)
          const desired = profile.entry(is, site)
          const then = after(before, planOne(desired, before, profile.managed))
          expect(then && asSets(then.attributes)).toEqual(desired && asSets(desired.attributes))
        }),
        { numRuns: 200 },
      )
    },
  )
})

describe('a plan', () => {
  const ours = ['objectClass', 'cn', 'mail', 'userPassword']

  it('an attribute nobody asked us to manage is left alone', () => {
    const actual = entryOf({ cn: ['LOVELACE Ada'], description: ['a note by hand'] })
    expect(planOne(entryOf({ cn: ['LOVELACE Ada'] }), actual, ours)).toEqual([])
  })

  it('an attribute we manage and no longer say is removed', () => {
    const changes = planOne(entryOf({ cn: ['Ada'] }), entryOf({ cn: ['Ada'], userPassword: ['mac'] }), ours)
    expect(changes).toEqual([
      {
        kind: 'modify',
        id: '21100001',
        dn: 'uid=21100001,ou=people,dc=example',
        replace: { userPassword: [] },
      },
    ])
  })

  it('an entry that is missing is added, one that must go is removed, and nothing comes of nothing', () => {
    const desired = entryOf({ cn: ['Ada'] })
    expect(planOne(desired, null, ours)).toEqual([{ kind: 'add', ...desired }])
    expect(planOne(null, desired, ours)).toEqual([{ kind: 'remove', id: desired.id, dn: desired.dn }])
    expect(planOne(null, null, ours)).toEqual([])
  })

  it('values in another order are the same values', () => {
    expect(
      planOne(entryOf({ mail: ['a@x.fr', 'b@x.fr'] }), entryOf({ mail: ['b@x.fr', 'a@x.fr'] }), ours),
    ).toEqual([])
  })

  it('a value said twice does not hide one that is missing', () => {
    const changes = planOne(
      entryOf({ mail: ['a@x.fr', 'b@x.fr'] }),
      entryOf({ mail: ['a@x.fr', 'a@x.fr'] }),
      ours,
    )
    expect(changes).toMatchObject([{ kind: 'modify', replace: { mail: ['a@x.fr', 'b@x.fr'] } }])
  })

  it('a name that differs in its capitals alone is written as it should be', () => {
    expect(planOne(entryOf({ cn: ['Ada'] }), entryOf({ cn: ['ADA'] }), ours)).toMatchObject([
      { replace: { cn: ['Ada'] } },
    ])
  })

  it('classes that others gave an entry stay, in whatever case they are spelt', () => {
    const desired = entryOf({ objectClass: ['inetOrgPerson', 'supannPerson'] })
    expect(
      planOne(desired, entryOf({ objectClass: ['top', 'INETORGPERSON', 'posixAccount'] }), ours),
    ).toMatchObject([{ replace: { objectClass: ['top', 'INETORGPERSON', 'posixAccount', 'supannPerson'] } }])
    expect(
      planOne(desired, entryOf({ objectClass: ['top', 'inetorgperson', 'supannperson'] }), ours),
    ).toEqual([])
  })

  it('an entry that stands elsewhere has its password where it stands, is renamed, then modified under its new name', () => {
    const actual = entryOf({ cn: ['ADA'], userPassword: ['old'] }, 'uid=21100001,ou=old,dc=example')
    expect(planOne(entryOf({ cn: ['Ada'], userPassword: ['new'] }), actual, ours)).toEqual([
      { kind: 'modify', id: '21100001', dn: actual.dn, replace: { userPassword: ['new'] } },
      { kind: 'rename', id: '21100001', dn: actual.dn, to: 'uid=21100001,ou=people,dc=example' },
      { kind: 'modify', id: '21100001', dn: 'uid=21100001,ou=people,dc=example', replace: { cn: ['Ada'] } },
    ])
  })

  it('a student who is locked loses the verifier and keeps the entry', () => {
    for (const profile of Object.values(profiles)) {
      const [open, locked] = [holder(), holder({ locked: true })].map((each) => profile.entry(each, site))
      const changes = planOne(locked ?? null, open ?? null, profile.managed)
      expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['modify']))
      // First and alone: nothing else that a directory refuses keeps the password alive.
      expect(changes[0]).toMatchObject({ replace: { userPassword: [] } })
      expect(Object.keys(changes[0]?.kind === 'modify' ? changes[0].replace : {})).toEqual(['userPassword'])
    }
  })

  it('a new name changes the entry and leaves the address', () => {
    const profile = profiles['primary']
    const renamed = holder({ person: { ...holder().person, usageName: 'KING' } })
    const changes = planOne(
      profile?.entry(renamed, site) ?? null,
      profile?.entry(holder(), site) ?? null,
      profile?.managed ?? [],
    )
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({
      kind: 'modify',
      replace: { cn: ['KING Ada'], sn: ['King'], displayName: ['Ada King'] },
    })
    expect(Object.keys(changes[0]?.kind === 'modify' ? changes[0].replace : {})).toHaveLength(3)
  })
})
