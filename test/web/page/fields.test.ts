import { describe, expect, it } from 'vitest'
import { contactLink, pageAddress } from '../../../web/page/contact.ts'
import { countCharacters, foldNumber, isAddress, isNumber, isoDay } from '../../../web/page/fields.ts'

describe('what is typed into the fields', () => {
  it('a student number has 7 or 8 digits, and may be pasted with spaces', () => {
    expect(foldNumber(' 2110 0001 ')).toBe('21100001')
    expect(isNumber('2110000')).toBe(true)
    expect(isNumber('21100001')).toBe(true)
    for (const no of ['', '211000', '211000011', '2110000A', '２１１００００１'])
      expect(isNumber(no)).toBe(false)
  })

  it('slips in an address are caught and unusual addresses are not', () => {
    for (const yes of ['ada@example.org', 'a+b.c@x-y.example.fr', 'zoé@exemple.fr']) {
      expect(isAddress(yes)).toBe(true)
    }
    for (const no of ['ada', 'ada@', 'ada@example', 'a@b.fr,c@d.fr', 'a b@c.fr', 'a@b@c.fr']) {
      expect(isAddress(no)).toBe(false)
    }
  })

  it('a day is read as it is written in France or filled in by a browser, if it exists', () => {
    for (const typed of ['31/12/2006', ' 31.12.2006', '31 12 2006', '31-12-2006', '2006-12-31'])
      expect(isoDay(typed)).toBe('2006-12-31')
    expect(isoDay('1/2/2004')).toBe('2004-02-01')
    expect(isoDay('29/02/2004')).toBe('2004-02-29')
    for (const no of [
      '',
      '29/02/2005',
      '31/04/2006',
      '12/31/2006',
      '31/12/06',
      '31/12',
      'hier',
      '1/1/1/2006',
    ])
      expect(isoDay(no)).toBeNull()
  })

  it('an accent counts once however it is typed', () => {
    expect(countCharacters('e\u0301te\u0301')).toBe(3)
    expect(countCharacters('clé 🔑')).toBe(5)
  })
})

describe('a contact of the settings', () => {
  it('an address, a page and a telephone number can be followed', () => {
    expect(contactLink('Medecine@example.org').href).toBe('mailto:Medecine@example.org')
    expect(contactLink('https://hotline.example.org/')).toEqual({
      href: 'https://hotline.example.org/',
      label: 'hotline.example.org',
    })
    expect(contactLink('+33 1 44 27 00 00').href).toBe('tel:+33144270000')
  })

  it('words stay words, and nothing that could run becomes a link', () => {
    for (const words of ['Bureau 12, tour 44', 'javascript:alert(1)', 'data:text/html,x', '']) {
      expect(contactLink(words).href).toBeNull()
    }
    expect(pageAddress('javascript:alert(1)')).toBeNull()
    expect(pageAddress('https://')).toBeNull()
  })
})
