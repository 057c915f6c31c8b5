import type { Language } from '../language.ts'

/** The words by which letters are told on the telephone: the French ones of the post office, those of NATO in English. */
const words: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  fr: {
    A: 'Anatole', B: 'Berthe', C: 'Célestin', D: 'Désiré', E: 'Eugène', F: 'François', G: 'Gaston', H: 'Henri',
    J: 'Joseph', K: 'Kléber', M: 'Marcel', N: 'Nicolas', P: 'Pierre', Q: 'Quintal', R: 'Raoul', S: 'Suzanne',
    T: 'Thérèse', V: 'Victor', W: 'William', X: 'Xavier', Y: 'Yvonne', Z: 'Zoé',
  },
  en: {
    A: 'Alfa', B: 'Bravo', C: 'Charlie', D: 'Delta', E: 'Echo', F: 'Foxtrot', G: 'Golf', H: 'Hotel',
    J: 'Juliett', K: 'Kilo', M: 'Mike', N: 'November', P: 'Papa', Q: 'Quebec', R: 'Romeo', S: 'Sierra',
    T: 'Tango', V: 'Victor', W: 'Whiskey', X: 'X-ray', Y: 'Yankee', Z: 'Zulu',
  },
} // prettier-ignore

/** A group of a key as it is spelt out: `A comme Anatole, 4, …`. */
export function spelt(group: string, language: Language): string {
  const as = language === 'fr' ? 'comme' : 'as in'
  return Array.from(group)
    .map((sign) => {
      const word = words[language][sign]
      return word === undefined ? sign : `${sign} ${as} ${word}`
    })
    .join(', ')
}
