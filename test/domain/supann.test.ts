import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  civility,
  composite,
  enrolmentValue,
  labelled,
  resourceStates,
  stepValue,
  studentIdentifier,
} from '../../domain/supann.ts'
import {
  anyEnrolment,
  anyHolder,
  awkwardText,
  enrolment,
  graceRight,
  holder,
  noRight,
  openRight,
} from './people.ts'

/** The grammar of SupAnn 2021, read back: `[key=value]…`. */
const pairsIn = (value: string) =>
  [...value.matchAll(/\[([^=]*)=([^\]]*)\]/g)].map(([, key, text]) => [key, text])

describe('a composite value', () => {
  it('keeps the order of its keys and leaves out the empty ones', () => {
    expect(composite([['b', '2'], ['a', '1'], ['c', null], ['d', '']])).toBe('[b=2][a=1]')
  }) // prettier-ignore

  it('reads back as it was written, and no value can break out of its brackets', () => {
    const key = fc.stringMatching(/^[a-z]{1,8}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(key, awkwardText)), (pairs) => {
        const kept = pairs.filter(([, value]) => value !== '')
        expect(pairsIn(composite(pairs))).toEqual(
          kept.map(([name, value]) => [name, value.replaceAll(']', ')')]),
        )
      }),
    )
  })
})

describe('a labelled value', () => {
  it('has its label in braces, and none of its own', () => {
    expect(labelled('SISE', '10')).toBe('{SISE}10')
    expect(labelled('SISE', '{INCONNU}')).toBe('{SISE}INCONNU')
  })

  it('that would be a label alone is none', () => {
    expect(labelled('SISE', null)).toBeNull()
    expect(labelled('SISE', '')).toBeNull()
    expect(labelled('SISE', '{}')).toBeNull()
  })
})

describe('supannEtuInscription', () => {
  it('says an enrolment in the normative order', () => {
    expect(enrolmentValue(enrolment(), '0755890V')).toBe(
      '[etab={UAI}0755890V][anneeinsc=2026][regimeinsc={SISE}10][sectdisc={SISE}27][typedip={SISE}DC]' +
        '[cursusann={SUPANN}L1][affect=SCI][diplome={UAI:0755890V}LMATH][etape={UAI:0755890V}L1MATH-261]',
    )
  })

  it('says what is mandatory and unknown, and leaves out what is not', () => {
    const bare = enrolment({
      regime: null,
      sector: null,
      diplomaType: null,
      cursus: null,
      component: null,
      diploma: null,
    })
    expect(enrolmentValue(bare, '0755890V')).toBe(
      '[etab={UAI}0755890V][anneeinsc=2026][regimeinsc={INCONNU}][sectdisc={INCONNU}][typedip={INCONNU}]' +
        '[cursusann={INCONNU}][etape={UAI:0755890V}L1MATH-261]',
    )
  })

  it('always has its keys in order, the mandatory ones always, none of them empty', () => {
    const order = [
      'etab',
      'anneeinsc',
      'regimeinsc',
      'sectdisc',
      'typedip',
      'cursusann',
      'affect',
      'diplome',
      'etape',
    ]
    fc.assert(
      fc.property(anyEnrolment, (given) => {
        const pairs = pairsIn(enrolmentValue(given, '0755890V'))
        const keys = pairs.map(([key]) => key)
        expect(keys).toEqual(order.filter((key) => keys.includes(key)))
        expect(keys.slice(0, 6)).toEqual(order.slice(0, 6))
        for (const [key, value] of pairs) {
          if (key === 'anneeinsc' || key === 'affect') expect(value).not.toBe('')
          else expect(value).toMatch(/^\{INCONNU\}$|^\{[A-Z0-9:]+\}[^{}]+$/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('a step is local to the establishment', () => {
    expect(stepValue(enrolment(), '0755890V')).toBe('{UAI:0755890V}L1MATH-261')
    expect(stepValue(enrolment({ step: 'L{1}' }), '0755890V')).toBe('{UAI:0755890V}L1-261')
  })
})

describe('supannRessourceEtatDate', () => {
  it.each([
    ['an active account', holder(), '{COMPTE}A:SupannActif::'],
    [
      'one in grace',
      holder({ right: graceRight, graceUntil: '2026-11-30' }),
      '{COMPTE}A:SupannSursis::20261130',
    ],
    ['one suspended', holder({ state: 'suspended', right: noRight }), '{COMPTE}I:SupannExpire::'],
    ['one locked', holder({ locked: true }), '{COMPTE}S:SupannVerrouTechnique::'],
    ['one locked in grace', holder({ locked: true, right: graceRight }), '{COMPTE}S:SupannVerrouTechnique::'],
    [
      'one suspended and locked',
      holder({ state: 'suspended', locked: true }),
      '{COMPTE}S:SupannVerrouTechnique::',
    ],
    ['one closed', holder({ state: 'closed', right: noRight }), '{COMPTE}I:SupannSupprDonnees::'],
    [
      'one whose key waits after a gap',
      holder({ state: 'suspended', right: openRight }),
      '{COMPTE}I:SupannExpire::',
    ],
  ])('of %s', (_, given, value) => {
    expect(resourceStates(given)).toEqual([value])
    const mailbox = value.replace('{COMPTE}', '{MAIL}')
    expect(resourceStates({ ...given, hasMailbox: true })).toEqual([value, mailbox])
  })

  it('always has three colons, and a state that goes with its sub-state', () => {
    fc.assert(
      fc.property(anyHolder, (given) => {
        for (const value of resourceStates(given))
          expect(value).toMatch(
            /^\{(?:COMPTE|MAIL)\}(A:Supann(Actif|Sursis)|I:Supann(Expire|SupprDonnees)|S:SupannVerrouTechnique):(\d{8})?:(\d{8})?$/,
          )
      }),
    )
  })
})

describe('the European Student Identifier', () => {
  it('is the INE in the name space of the country', () => {
    expect(studentIdentifier('0123456789A', '21100001', 'sorbonne-universite.fr')).toBe(
      'urn:schac:personalUniqueCode:int:esi:fr:0123456789A',
    )
  })

  it('is the number in that of the establishment where there is no INE', () => {
    expect(studentIdentifier(null, '21100001', 'sorbonne-universite.fr')).toBe(
      'urn:schac:personalUniqueCode:int:esi:sorbonne-universite.fr:21100001',
    )
  })
})

describe('civility', () => {
  it('is the one recorded, else by sex, else none', () => {
    expect(civility('1', 'F')).toBe('M.')
    expect(civility('2', 'M')).toBe('Mme')
    expect(civility('3', null)).toBe('Mme')
    expect(civility(null, 'F')).toBe('Mme')
    expect(civility('9', 'M')).toBe('M.')
    expect(civility(null, null)).toBeNull()
  })
})
