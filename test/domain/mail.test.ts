import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMailbox } from '../../domain/address.ts'
import { institutionalAddress, localPart, type MailRules } from '../../domain/mail.ts'
import { awkwardText } from './people.ts'

const rules: MailRules = { domain: 'etu.sorbonne-universite.fr', wordSeparator: '_', homonym: 'dotted' }
const local = (given: string, family: string, differs: Partial<MailRules> = {}) =>
  localPart(given, family, '21100001', { ...rules, ...differs })

describe('the local part of an institutional address', () => {
  it.each([
    ['Ada', 'Lovelace', 'ada.lovelace'],
    ['Éléonore', 'Müller', 'eleonore.muller'],
    ['Lætitia', 'Œuvrard', 'laetitia.oeuvrard'],
    ['Søren', 'Strauß', 'soren.strauss'],
    ['İbrahim', 'Işık', 'ibrahim.isik'],
    ['Jean-Paul', 'De la Tour', 'jean-paul.de_la_tour'],
    ['Marie Claire', 'Le Goff', 'marie_claire.le_goff'],
    ['Jean', "D'Alembert", 'jean.dalembert'],
    ['Jean', 'L’Hôpital', 'jean.lhopital'],
    ['Ada', 'Saint - Exupéry', 'ada.saint-exupery'],
    ['Ada', '-Lovelace-', 'ada.lovelace'],
    ['Ada', 'St. John', 'ada.st_john'],
    ['', 'Lovelace', 'lovelace'],
    ['Ada', '', 'ada'],
    ['A', 'B', 'a.b'],
    ['Ada', 'Love李lace', 'ada.love_lace'],
    ['مريم', 'Lovelace', 'lovelace'],
  ])('of %s %s is %s', (given, family, expected) => {
    expect(local(given, family)).toBe(expected)
  })

  it('joins words with a hyphen where the site wants it', () => {
    expect(local('Marie Claire', 'De la Tour', { wordSeparator: '-' })).toBe('marie-claire.de-la-tour')
  })

  it('is the number when no name has a Latin letter', () => {
    expect(local('مريم', '李')).toBe('21100001')
    expect(local('', '')).toBe('21100001')
    expect(local("'", '-')).toBe('21100001')
  })

  it('that is too long is cut, and never ends in a separator', () => {
    expect(local('a'.repeat(57), 'b')).toBe('a'.repeat(57))
    expect(local('a'.repeat(80), 'b')).toBe('a'.repeat(58))
    expect(local('a', `${'b'.repeat(55)} c`)).toBe(`a.${'b'.repeat(55)}`)
  })

  it('does not depend on how the letters were composed', () => {
    expect(local('Éléonore'.normalize('NFD'), 'Müller'.normalize('NFD'))).toBe('eleonore.muller')
  })

  it('makes a plain mailbox of 64 characters at most, whatever the names and however many homonyms', () => {
    const someRules = fc.record({
      domain: fc.constant(rules.domain),
      wordSeparator: fc.constantFrom('_' as const, '-' as const),
      homonym: fc.constantFrom('dotted' as const, 'joined' as const),
    })
    const name = fc.oneof(
      awkwardText,
      fc.string({ unit: 'grapheme', maxLength: 90 }),
      fc.stringMatching(/^[A-Z' .-]{0,90}$/),
    )
    fc.assert(
      fc.property(name, name, someRules, fc.nat(10_000), (given, family, given_rules, homonym) => {
        const found = localPart(given, family, '21100001', given_rules)
        expect(found).toMatch(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/)
        expect(found).not.toContain('..')
        const address = institutionalAddress(found, homonym, given_rules)
        expect(address.slice(0, address.indexOf('@')).length).toBeLessThanOrEqual(64)
        expect(isMailbox(address)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('homonyms', () => {
  it('the first has the plain address', () => {
    expect(institutionalAddress('ada.lovelace', 0, rules)).toBe('ada.lovelace@etu.sorbonne-universite.fr')
  })

  it('the next are numbered, dotted or joined', () => {
    expect(institutionalAddress('ada.lovelace', 1, rules)).toBe('ada.lovelace.1@etu.sorbonne-universite.fr')
    expect(institutionalAddress('ada.lovelace', 12, { ...rules, homonym: 'joined' })).toBe(
      'ada.lovelace12@etu.sorbonne-universite.fr',
    )
  })

  it('no two of them have the same address', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.constantFrom('dotted', 'joined'),
        (one, other, homonym) => {
          const [a, b] = [one, other].map((each) => institutionalAddress('ada', each, { ...rules, homonym }))
          expect(a === b).toBe(one === other)
        },
      ),
    )
  })
})
