import { describe, expect, it } from 'vitest'
import { failureCodes, failureOf, refusalReasons } from '../../../web/page/failure.ts'
import { chooseLanguage } from '../../../web/page/language.ts'
import { en } from '../../../web/page/texts/en.ts'
import { fr } from '../../../web/page/texts/fr.ts'

describe('the language of the page', () => {
  it('what was chosen before wins over the browser', () => {
    expect(chooseLanguage('fr', ['en-GB'])).toBe('fr')
  })

  it('at a first visit the first language of the browser that we speak is taken, else French', () => {
    expect(chooseLanguage(null, ['en-US', 'fr'])).toBe('en')
    expect(chooseLanguage(null, ['de-DE', 'en'])).toBe('en')
    expect(chooseLanguage(null, ['de-DE', 'pt-BR'])).toBe('fr')
    expect(chooseLanguage('klingon', [])).toBe('fr')
  })
})

describe('the words of the page', () => {
  it('every failure says what happened and what to do, each in its own words, in both languages', () => {
    for (const texts of [fr, en]) {
      const all = failureCodes.map((code) => texts.failures[code](failureOf(code)))
      expect(new Set(all.map(({ title }) => title)).size).toBe(failureCodes.length)
      for (const { body } of all) expect(body.join('').length).toBeGreaterThan(20)
    }
  })

  it('every reason to refuse a password has its own words', () => {
    for (const texts of [fr, en]) {
      expect(new Set(refusalReasons.map((reason) => texts.password.reasons[reason])).size).toBe(6)
    }
  })

  it('the time to wait is said in minutes, never less than one', () => {
    const said = (seconds: number) =>
      fr.failures.TOO_MANY_ATTEMPTS({ ...failureOf('TOO_MANY_ATTEMPTS'), retryAfterSeconds: seconds }).body[0]
    expect(said(3)).toBe('Réessayez dans une minute.')
    expect(said(61)).toBe('Réessayez dans 2 minutes.')
  })

  it('no French sentence leaves its colon or its question mark alone on the next line', () => {
    const sentences: string[] = []
    const gather = (value: unknown): void => {
      if (typeof value === 'string') sentences.push(value)
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather)
    }
    gather(fr)
    for (const code of failureCodes) gather(fr.failures[code](failureOf(code)))
    expect(sentences.length).toBeGreaterThan(150)
    expect(sentences.filter((sentence) => / [:;?!»]|« /.test(sentence))).toEqual([])
  })
})
