/** Fewer letters than this are found in any sentence. */
const shortest = 4

const months = 'janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre'.split(
  ' ',
)

/** What a password must not contain, from what is known of its owner: `own` holds a number, names, a birth date
 *  (`YYYY-MM-DD`), an address (its part before the @ counts), in any order. Each gives itself, its words of four
 *  letters or more, and a date its usual French forms; all folded as `fold` does. */
export function ownTerms(own: readonly string[]): string[] {
  const terms = own.flatMap((datum) => {
    const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(datum) ?? []
    if (year !== undefined && month !== undefined && day !== undefined) return dateForms(year, month, day)
    const text = datum.split('@')[0] ?? ''
    return [fold(text), ...text.split(/[\s'’.,_-]+/u).map(fold)]
  })
  return [...new Set(terms)].filter((term) => term.length >= shortest)
}

/** Whether `password` contains one of `terms`, however it is accented, capitalised or separated. */
export function containsOwn(password: string, terms: readonly string[]): boolean {
  const folded = fold(password)
  return terms.some((term) => folded.includes(term))
}

/** Letters and digits alone, in lower case and without accents or ligatures: `Œ’Brien-d'Été` → `oebriendete`. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]/gu, '')
}

function dateForms(year: string, month: string, day: string): string[] {
  const short = year.slice(2)
  const name = months[Number(month) - 1] ?? ''
  const plainDay = String(Number(day))
  return [
    `${day}${month}${year}`,
    `${day}${month}${short}`,
    `${year}${month}${day}`,
    `${short}${month}${day}`,
    `${month}${day}${year}`,
    `${day}${name}${year}`,
    `${plainDay}${name}${year}`,
  ]
}
