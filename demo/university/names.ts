import { dictionary } from '@zxcvbn-ts/language-fr'
import type { Draw } from './draw.ts'

// The package has the two lists under each other's name: its `firstnames` are family names.
const familyNames = dictionary['firstnames-fr'].filter((name) => !name.endsWith('autres noms'))
const firstNames = dictionary['lastnames-fr']

/** Letters that a careless program loses: ligatures, and the capital ÿ that Latin-1 does not have. */
const rareNames = ['CŒURDEROY', 'LEBŒUF', 'ŒUVRARD', "L'HAŸ", 'LOUŸS', 'CŒUR-JOLY']
const particles = ['DE ', 'DE LA ', 'DU ', 'DES ', 'LE ', 'LA ', "D'", "L'", 'EL ', 'BEN ', 'VAN DER ']

/** Widths of the columns: Apogée cuts longer names. */
const familyWidth = 30
const firstWidth = 20

/** A family name as Apogée keeps them: capitals, cut at 30. */
export function familyName(draw: Draw): string {
  const form = draw.among({ plain: 880, particle: 40, hyphen: 45, several: 30, rare: 5 })
  const one = () => common(draw, familyNames)
  if (form === 'particle') return recorded(draw.pick(particles) + one(), familyWidth)
  if (form === 'hyphen') return recorded(`${one()}-${one()}`, familyWidth)
  if (form === 'several')
    return recorded(`${one()} ${one()}${draw.happens(0.2) ? ` ${one()}` : ''}`, familyWidth)
  return recorded(form === 'rare' ? draw.pick(rareNames) : one(), familyWidth)
}

/** A first name likewise, cut at 20. */
export function firstName(draw: Draw): string {
  const one = common(draw, firstNames)
  return recorded(draw.happens(0.06) ? `${one}-${common(draw, firstNames)}` : one, firstWidth)
}

/** Which of the two a first name most likely belongs to, by its ending alone. */
export function likelySex(first: string, draw: Draw): 'F' | 'M' {
  const ending = /[AEÉ]S?$/.test(first)
  return ending === draw.happens(0.85) ? 'F' : 'M'
}

function recorded(name: string, width: number): string {
  return name.toUpperCase().slice(0, width).trim()
}

/** The lists are in alphabetical order: a stride prime to their lengths mixes the ranks. */
function common(draw: Draw, names: readonly string[]): string {
  return names[(draw.rank(names.length) * 7919) % names.length] as string
}
