import { describe, expect, it } from 'vitest'
import { resemblance } from '../../domain/resemblance.ts'
import { person } from './people.ts'

const ada = person({
  ine: '1234567890A',
  birthName: 'BYRON',
  usageName: 'DE LA TOUR-LOVELACE',
  firstName: 'ADÉLAÏDE',
  chosenFirstName: null,
  birthDate: '2006-12-10',
})
const named = (sn: string, givenName: string) => ({ sn: [sn], givenName: [givenName] })

describe('an entry is a student’s', () => {
  it('by the INE, in whatever case', () => {
    expect(resemblance(ada, { supannCodeINE: ['1234567890a'] })).toBe('ine')
  })

  it('by the day of birth, however written', () => {
    expect(resemblance(ada, { supannOIDCDateDeNaissance: ['2006-12-10'] })).toBe('birthDate')
    expect(resemblance(ada, { schacDateOfBirth: ['20061210'] })).toBe('birthDate')
  })

  it.each([
    ['Byron', 'Adelaide'],
    ['de la Tour Lovelace', 'ADÉLAÏDE'],
    ["De-La-Tour'Lovelace", 'Adélaïde'],
  ])('by the name %s %s, without marks, case, blanks and hyphens', (sn, givenName) => {
    expect(resemblance(ada, named(sn, givenName))).toBe('name')
  })

  it('by a whole name, in either order, where there are no parts', () => {
    expect(resemblance(ada, { cn: ['BYRON Adelaide'] })).toBe('name')
    expect(resemblance(ada, { displayName: ['Adélaïde Byron'] })).toBe('name')
  })

  it('by a name that the record had no room for', () => {
    const cut = person({ ...ada, birthName: 'X'.repeat(30), usageName: null })
    expect(resemblance(cut, named(`${'X'.repeat(30)}yz`, 'Adélaïde'))).toBe('name')
    expect(resemblance(ada, named('Byronne', 'Adélaïde'))).toBeNull()
  })

  it('by a family name alone for those who have no first name', () => {
    const alone = person({ ...ada, firstName: null })
    expect(resemblance(alone, { cn: ['Byron'] })).toBe('name')
    expect(resemblance(alone, named('Byron', '.'))).toBe('name')
  })

  it.each([
    [{}],
    [named('Byron', 'Grace')],
    [named('Hopper', 'Adélaïde')],
    [{ supannCodeINE: ['0000000000Z'] }],
    [{ supannOIDCDateDeNaissance: ['2006-12-11'] }],
    [{ cn: ['Byron'] }],
  ])('and not by %j', (attributes) => {
    expect(resemblance(ada, attributes)).toBeNull()
    expect(resemblance(person({ ...ada, ine: null, birthDate: null }), attributes)).toBeNull()
  })
})
