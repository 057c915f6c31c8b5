import { expect, test } from 'vitest'
import { whomToAsk } from '../../daemon/letter/whom-to-ask.ts'

const lettres = {
  id: 'lettres',
  name_fr: 'Lettres',
  name_en: 'Arts',
  contact: 'lettres@example.org',
  components: ['LET', 'PHI'],
  letter_fr: 'Un formulaire : https://example.org/lettres',
  letter_en: 'A form: https://example.org/lettres',
}
const droit = {
  ...lettres,
  id: 'droit',
  name_fr: 'Droit',
  name_en: 'Law',
  contact: 'droit@example.org',
  components: ['DRT'],
  letter_fr: '',
  letter_en: '',
}
const contacts = [{ name_fr: 'Support', name_en: 'Desk', contact: '01 02 03 04 05' }, lettres]
const rules = { faculties: [lettres, droit], contacts }
const in2026 = (component: string | null) => ({ year: '2026', component })

test('a letter names the faculty of its student, once, with the sentence that the site adds', () => {
  expect(whomToAsk([in2026('PHI'), in2026('LET')], rules)).toEqual({
    help_fr: 'Lettres : lettres@example.org\nUn formulaire : https://example.org/lettres',
    help_en: 'Arts: lettres@example.org\nA form: https://example.org/lettres',
  })
})

test('both faculties of one year are named, and none of a former year', () => {
  expect(whomToAsk([in2026('DRT'), in2026('LET')], rules).help_en).toBe(
    'Arts: lettres@example.org\nA form: https://example.org/lettres\nLaw: droit@example.org',
  )
  expect(whomToAsk([{ year: '2025', component: 'LET' }, in2026('DRT')], rules).help_fr).toBe(
    'Droit : droit@example.org',
  )
})

test.each([
  ['nobody in particular', []],
  ['a composante that no faculty holds', [in2026('XYZ')]],
  ['no composante', [in2026(null)]],
])('whoever can be asked is named to %s', (_whom, enrolments) => {
  expect(whomToAsk(enrolments, rules)).toEqual({
    help_fr: 'Support : 01 02 03 04 05\nLettres : lettres@example.org',
    help_en: 'Desk: 01 02 03 04 05\nArts: lettres@example.org',
  })
})
