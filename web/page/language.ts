/** The two languages of the page. */
export type Language = 'fr' | 'en'

const place = 'matricule.language'

/** The language to begin in: what was chosen in this tab, else the browser's first one that we speak, else
 *  French. */
export function chooseLanguage(remembered: string | null, preferred: readonly string[]): Language {
  if (remembered === 'fr' || remembered === 'en') return remembered
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0]
    if (primary === 'fr' || primary === 'en') return primary
  }
  return 'fr'
}

/** What was chosen in this tab; null where the browser keeps nothing. */
export function rememberedLanguage(): string | null {
  try {
    return sessionStorage.getItem(place)
  } catch {
    return null
  }
}

/** Keeps the choice for this tab. A browser that refuses loses nothing but the memory. */
export function rememberLanguage(language: Language): void {
  try {
    sessionStorage.setItem(place, language)
  } catch {
    // Storage is closed in some private windows; the choice then lasts as long as the page.
  }
}
