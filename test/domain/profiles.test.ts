import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry } from '../../domain/entry.ts'
import type { Holder } from '../../domain/profile.ts'
import { profiles } from '../../domain/profiles/index.ts'
import { primary } from '../../domain/profiles/primary.ts'
import {
  anyHolder,
  enrolment,
  graceRight,
  holder,
  noRight,
  openRight,
  person,
  shuffled,
  site,
} from './people.ts'

const all = Object.values(profiles)
const primaryOf = (differs: Partial<Holder> = {}) => primary.entry(holder(differs), site)?.attributes ?? {}

/** An entry with its values in order, since the order of values means nothing. */
const sorted = (entry: Entry | null) =>
  entry && {
    ...entry,
    attributes: Object.fromEntries(
      Object.entries(entry.attributes).map(([name, values]) => [name, [...values].sort()]),
    ),
  }

describe.each(all.map((profile) => [profile.name, profile] as const))('the entry in %s', (_, profile) => {
  it('has a verifier if and only if the account is active, unlocked, and one is kept for its scheme', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const verifier = profile.entry(given, site)?.attributes['userPassword']
        const kept = given.verifiers[profile.scheme]
        const may = given.state === 'active' && !given.locked && kept !== undefined
        expect(verifier).toEqual(may ? [kept] : undefined)
      }),
      { numRuns: 300 },
    )
  })

  it('exists from activation to purge', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const isThere = ['active', 'suspended', 'closed'].includes(given.state)
        expect(profile.entry(given, site) !== null).toBe(isThere)
      }),
    )
  })

  it('says nothing empty, nothing twice, and nothing outside what we manage', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        for (const [name, values] of Object.entries(profile.entry(given, site)?.attributes ?? {})) {
          expect(profile.managed).toContain(name)
          expect(values.length).toBeGreaterThan(0)
          expect(values).not.toContain('')
          expect(new Set(values).size).toBe(values.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('always has what its classes demand, and stands under the base by the number', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const entry = profile.entry(given, site)
        if (entry === null) return
        const { number } = given.person
        expect(entry.id).toBe(number)
        expect(entry.dn).toBe(`uid=${number},${profile.base}`)
        expect(entry.attributes['uid']).toEqual([number])
        expect(entry.attributes['objectClass']).toEqual(profile.objectClasses)
        expect(entry.attributes['cn']).toHaveLength(1)
        expect(entry.attributes['sn']).toHaveLength(1)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same in whatever order the enrolments arrive', () => {
    const pair = anyHolder.chain((given) => fc.tuple(fc.constant(given), shuffled(given.enrolments)))
    fc.assert(
      fc.property(pair, ([given, enrolments]) => {
        const other = profile.entry({ ...given, enrolments }, site)
        expect(sorted(other)).toEqual(sorted(profile.entry(given, site)))
      }),
      { numRuns: 300 },
    )
  })

  it('is known again by its own login', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const entry = profile.entry(given, site)
        if (entry !== null) expect(profile.identify(entry.attributes)).toBe(given.person.number)
      }),
    )
  })

  it('is nobody’s without one login that is a student number', () => {
    expect(profile.identify({})).toBeNull()
    expect(profile.identify({ uid: ['alovelace'] })).toBeNull()
    expect(profile.identify({ uid: ['211000'] })).toBeNull()
    expect(profile.identify({ uid: ['211000012'] })).toBeNull()
    expect(profile.identify({ uid: ['21100001', '21100002'] })).toBeNull()
    expect(profile.identify({ uid: ['3100001'] })).toBe('3100001')
  })
})

describe('the three directories', () => {
  it('have the bases and logins that are published', () => {
    expect(Object.fromEntries(all.map(({ name, base }) => [name, base]))).toEqual({
      primary: 'ou=people,dc=sorbonne-universite,dc=fr',
      'paris-sorbonne': 'ou=people,dc=paris-sorbonne,dc=fr',
      upmc: 'ou=People,dc=upmc,dc=fr',
    })
  })

  it('the older ones say no more than name, number, mail and verifier', () => {
    const said = { ...(profiles['upmc']?.entry(holder(), site)?.attributes ?? {}) }
    expect(said).toEqual({
      objectClass: ['inetOrgPerson'],
      uid: ['21100001'],
      cn: ['Ada Lovelace'],
      sn: ['Lovelace'],
      givenName: ['Ada'],
      displayName: ['Ada Lovelace'],
      mail: ['ada.lovelace@etu.sorbonne-universite.fr'],
      employeeNumber: ['21100001'],
      userPassword: ['mac-ssha512'],
    })
  })
})

describe('the primary directory', () => {
  it('says all of an active student', () => {
    expect(primaryOf()).toEqual({
      objectClass: ['inetOrgPerson', 'eduPerson', 'supannPerson', 'schacLinkageIdentifiers'],
      uid: ['21100001'],
      cn: ['LOVELACE Ada'],
      sn: ['Lovelace'],
      givenName: ['Ada'],
      displayName: ['Ada Lovelace'],
      mail: ['ada.lovelace@etu.sorbonne-universite.fr'],
      supannMailPerso: ['ada@example.org'],
      supannEtuId: ['21100001'],
      supannCodeINE: ['0123456789A'],
      supannAliasLogin: ['21100001'],
      supannCivilite: ['Mme'],
      supannOIDCDateDeNaissance: ['2003-12-10'],
      supannEtuInscription: [
        '[etab={UAI}0755890V][anneeinsc=2026][regimeinsc={SISE}10][sectdisc={SISE}27][typedip={SISE}DC]' +
          '[cursusann={SUPANN}L1][affect=SCI][diplome={UAI:0755890V}LMATH][etape={UAI:0755890V}L1MATH-261]',
      ],
      supannEtuAnneeInscription: ['2026'],
      supannEtuCursusAnnee: ['{SUPANN}L1'],
      supannEtuDiplome: ['{UAI:0755890V}LMATH'],
      supannEtuEtape: ['{UAI:0755890V}L1MATH-261'],
      supannEtuRegimeInscription: ['{SISE}10'],
      supannEtuSecteurDisciplinaire: ['{SISE}27'],
      supannEtuTypeDiplome: ['{SISE}DC'],
      supannEntiteAffectation: ['SCI'],
      supannEntiteAffectationPrincipale: ['SCI'],
      supannEtablissement: ['{UAI}0755890V'],
      eduPersonAffiliation: ['student', 'member'],
      eduPersonPrimaryAffiliation: ['student'],
      eduPersonPrincipalName: ['21100001@sorbonne-universite.fr'],
      supannRessourceEtatDate: ['{COMPTE}A:SupannActif::'],
      schacPersonalUniqueCode: ['urn:schac:personalUniqueCode:int:esi:fr:0123456789A'],
      userPassword: ['mac-argon2id'],
    })
  })

  it.each(['suspended', 'closed'] as const)('a %s student is a student no more', (state) => {
    for (const right of [noRight, openRight, graceRight]) {
      const said = primaryOf({ state, right })
      expect(said['eduPersonAffiliation']).toBeUndefined()
      expect(said['eduPersonPrimaryAffiliation']).toBeUndefined()
      expect(said['userPassword']).toBeUndefined()
    }
  })

  it('a student in grace keeps sign-in and affiliation, and the end of grace is said', () => {
    const said = primaryOf({
      right: graceRight,
      graceUntil: '2026-11-30',
      enrolments: [enrolment({ year: '2025' })],
    })
    expect(said['eduPersonAffiliation']).toEqual(['student', 'member'])
    expect(said['userPassword']).toEqual(['mac-argon2id'])
    expect(said['supannRessourceEtatDate']).toEqual(['{COMPTE}A:SupannSursis::20261130'])
    expect(said['supannEtuAnneeInscription']).toEqual(['2025'])
  })

  it('a locked student has no verifier there', () => {
    const said = primaryOf({ locked: true })
    expect(said['userPassword']).toBeUndefined()
    expect(said['supannRessourceEtatDate']).toEqual(['{COMPTE}S:SupannVerrouTechnique::'])
  })

  it('says only the enrolments en cours of the years that give the right', () => {
    const enrolments = [
      enrolment({ year: '2025', step: 'OLD' }),
      enrolment({ state: 'A', step: 'GONE' }),
      enrolment({ step: 'L1MATH' }),
    ]
    expect(primaryOf({ enrolments })['supannEtuEtape']).toEqual(['{UAI:0755890V}L1MATH-261'])
  })

  it('the main component is among the components, whoever has any', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const said = primary.entry(given, site)?.attributes ?? {}
        const components = said['supannEntiteAffectation'] ?? []
        const [main, ...more] = said['supannEntiteAffectationPrincipale'] ?? []
        expect(more).toEqual([])
        if (main !== undefined) expect(components).toContain(main)
        expect(main === undefined).toBe(components.length === 0)
      }),
      { numRuns: 300 },
    )
  })

  it('the primary affiliation is one of the affiliations, and a student is a member', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        const said = primary.entry(given, site)?.attributes ?? {}
        const affiliations = said['eduPersonAffiliation'] ?? []
        for (const one of said['eduPersonPrimaryAffiliation'] ?? []) expect(affiliations).toContain(one)
        expect(affiliations.includes('student')).toBe(affiliations.includes('member'))
      }),
    )
  })

  it('without an INE the identifier is ours, and nothing empty is said', () => {
    const said = primaryOf({ person: person({ ine: null }) })
    expect(said['supannCodeINE']).toBeUndefined()
    expect(said['schacPersonalUniqueCode']).toEqual([
      'urn:schac:personalUniqueCode:int:esi:sorbonne-universite.fr:21100001',
    ])
  })

  it('somebody whose names say nothing is named by the number', () => {
    const said = primaryOf({ person: person({ birthName: '', firstName: null }) })
    expect([said['cn'], said['sn'], said['displayName'], said['givenName']]).toEqual([
      ['21100001'],
      ['21100001'],
      ['21100001'],
      undefined,
    ])
  })
})
