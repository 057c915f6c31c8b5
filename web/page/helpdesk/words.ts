import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language } from '../language.ts'
import { whenInWords } from '../when.ts'
import { en } from './texts/en.ts'
import { fr } from './texts/fr.ts'
import type { DeskTexts } from './texts/texts.ts'

const texts: Record<Language, DeskTexts> = { fr, en }

export const DeskLanguage = createContext<Language>('fr')

export function useDeskLanguage(): Language {
  return useContext(DeskLanguage)
}

export function useDeskWords(): DeskTexts {
  return texts[useContext(DeskLanguage)]
}

/** Tells instants in the words of the language that is shown; a null one as `none`. */
export function useWhen(): (instant: string) => string {
  const language = useDeskLanguage()
  return (instant) => whenInWords(new Date(instant), new Date(), language)
}

/** A civil day (`2006-12-10`) as it is said. */
export function dayInWords(day: string, language: Language): string {
  const said = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    dateStyle: 'long',
    timeZone: 'UTC',
  })
  const instant = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(instant.getTime()) ? day : said.format(instant)
}

/** A word of a list, or its code where a newer server knows more than this page. */
export function word(list: Readonly<Record<string, string>>, code: string): string {
  return list[code] ?? code
}
