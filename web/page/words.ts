import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language } from './language.ts'
import { en } from './texts/en.ts'
import { fr } from './texts/fr.ts'
import type { Texts } from './texts/texts.ts'

const texts: Record<Language, Texts> = { fr, en }

/** The language that everything under it is written in. */
export const LanguageContext = createContext<Language>('fr')

/** The words of the page, in the language that is shown. */
export function useWords(): Texts {
  return texts[useContext(LanguageContext)]
}

/** The language that is shown, for what is not a text of its own: dates, names of contacts. */
export function useLanguage(): Language {
  return useContext(LanguageContext)
}
