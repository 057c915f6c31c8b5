import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesOf, titled, withoutAccents } from '../../domain/name.ts'
import { awkwardText, person } from './people.ts'

describe('a name in capitals', () => {
  it.each([
    ['LOVELACE', 'Lovelace'],
    ['JEAN-PAUL', 'Jean-Paul'],
    ['MARIE CLAIRE', 'Marie Claire'],
    ["D'ALEMBERT", "D'Alembert"],
    ['L’HÔPITAL', 'L’Hôpital'],
    ['ŒUVRARD', 'Œuvrard'],
    ['FRANÇOISE', 'Françoise'],
    ['O', 'O'],
    ['İBRAHİM', 'İbrahim'],
    ['  EL   KHOURY ', 'El Khoury'],
  ])('%j is written %j', (recorded, written) => {
    expect(titled(recorded)).toBe(written)
  })

  it.each([
    ['DE LA TOUR', 'De la Tour'],
    ['LE GOFF', 'Le Goff'],
    ['MARTIN DU GARD', 'Martin du Gard'],
    ['GOETHE VON DER HEIDE', 'Goethe von der Heide'],
    ['PIERRE DE', 'Pierre De'],
  ])('%j keeps its particles small inside: %j', (recorded, written) => {
    expect(titled(recorded)).toBe(written)
  })

  it('that already mixes cases is somebody’s own spelling', () => {
    expect(titled('McCarthy')).toBe('McCarthy')
    expect(titled('de Gaulle')).toBe('de Gaulle')
  })

  it('in a script without cases stays as it is', () => {
    expect(titled('مريم')).toBe('مريم')
    expect(titled('李 小龙')).toBe('李 小龙')
  })

  it('is written the same when written again, however it was composed', () => {
    fc.assert(
      fc.property(awkwardText, (name) => {
        expect(titled(titled(name))).toBe(titled(name))
        expect(titled(name.normalize('NFD'))).toBe(titled(name.normalize('NFC')))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a name without accents', () => {
  it.each([
    ['Éléonore', 'Eleonore'],
    ['Œuvrard', 'OEuvrard'],
    ['Lætitia', 'Laetitia'],
    ['Strauß', 'Strauss'],
    ['Łódź', 'Lodz'],
    ['Søren', 'Soren'],
    ['Iñaki', 'Inaki'],
    ['ıI', 'iI'],
    ['ﬁ', 'fi'],
    ['L’Hôpital', "L'Hopital"],
  ])('%s is %s', (name, plain) => {
    expect(withoutAccents(name)).toBe(plain)
  })

  it('is ASCII for every letter that Apogée can hold', () => {
    const bytes = Uint8Array.from({ length: 0x60 }, (_, place) => 0xa0 + place)
    const letters = Array.from(new TextDecoder('iso-8859-15').decode(bytes)).filter((each) =>
      /\p{Script=Latin}/u.test(each),
    )
    expect(letters.length).toBeGreaterThan(60)
    for (const letter of letters) expect(withoutAccents(letter), letter).toMatch(/^[A-Za-z]{1,2}$/)
  })

  it('has no mark left, and none to lose again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(withoutAccents(text)).not.toMatch(/\p{M}/u)
        expect(withoutAccents(withoutAccents(text))).toBe(withoutAccents(text))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the names of a person', () => {
  it('are those in use: Ada Lovelace is LOVELACE Ada in the directory', () => {
    expect(namesOf(person(), 'usage')).toEqual({
      family: 'Lovelace',
      given: 'Ada',
      display: 'Ada Lovelace',
      common: 'LOVELACE Ada',
    })
  })

  it('take the usage name or the birth name, as the site has it', () => {
    const married = person({ birthName: 'BYRON', usageName: 'LOVELACE' })
    expect(namesOf(married, 'usage').family).toBe('Lovelace')
    expect(namesOf(married, 'birth').family).toBe('Byron')
    expect(namesOf(person({ birthName: 'BYRON', usageName: null }), 'usage').family).toBe('Byron')
  })

  it('take the first name somebody goes by before the one recorded', () => {
    expect(namesOf(person({ firstName: 'AUGUSTA', chosenFirstName: 'ADA' }), 'usage').given).toBe('Ada')
  })

  it('of somebody without a first name are the family name alone, with no stray space', () => {
    expect(namesOf(person({ firstName: null }), 'usage')).toEqual({
      family: 'Lovelace',
      given: '',
      display: 'Lovelace',
      common: 'LOVELACE',
    })
  })

  it('keep accents for people and lose them for cn', () => {
    const names = namesOf(person({ firstName: 'ÉLÉONORE', birthName: 'ŒUVRARD' }), 'usage')
    expect(names.display).toBe('Éléonore Œuvrard')
    expect(names.common).toBe('OEUVRARD Eleonore')
  })
})
