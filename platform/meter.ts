import { Options, ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as french } from '@zxcvbn-ts/language-fr'

/** Characters that are looked at: a password longer than that is judged by its beginning. */
export const measured = 100

export const commonPasswords: ReadonlySet<string | number> = new Set(common['passwords-common'])

/** The lists as the library takes them: 119,000 words in twenty lists. `language-fr` has first and last names swapped,
 *  which changes nothing here: each list is ranked by itself and all are used alike. Substitutions (« p@$$w0rd ») are
 *  tried up to 6 at once; the default of 100 takes 0.8 s for 100 random characters, and finds nothing more in practice. */
export function createPlainMeter(): ZxcvbnFactory {
  return new ZxcvbnFactory({
    dictionary: { ...common, ...french },
    graphs: adjacencyGraphs,
    maxLength: measured,
    l33tMaxSubstitutions: 6,
  })
}

/** The same judgement in a third of the time. The library looks every piece of a password up in each list in turn; of a
 *  word in several lists its best rank counts in the end, so one list with the best ranks says the same. (But for one
 *  password in some thousands: the library drops ways to split a password early, and a worse rank may keep one that a
 *  better rank drops. Of 6,000 made of listed words two were told apart, by less than ten times.) Words
 *  that follow one another (« lundi mardi ») are looked for in a list of their own, again by place and not by rank.
 *  The library has no option for it: its lists are replaced after it has ranked them. */
export function createMeter(): ZxcvbnFactory {
  const meter = createPlainMeter()
  const options: unknown = Reflect.get(meter, 'options')
  if (!(options instanceof Options)) throw new Error('@zxcvbn-ts/core keeps its options elsewhere now')
  const { rankedDictionaries, rankedDictionariesMaxWordSize: longest } = options
  const names = Object.keys(rankedDictionaries)
  const follow = names.filter((name) => options.isWordSequence(name))
  const merged = (of: readonly string[]) => bestRanks(of.map((name) => rankedDictionaries[name] ?? {}))
  const length = (of: readonly string[]) => Math.max(...of.map((name) => longest[name] ?? 0))
  options.rankedDictionaries = { words: merged(names), sequences: merged(follow) }
  options.rankedDictionariesMaxWordSize = { words: length(names), sequences: length(follow) }
  options.wordSequenceNames = ['sequences']
  return meter
}

function bestRanks(lists: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const best: Record<string, number> = {}
  for (const list of lists)
    for (const [word, rank] of Object.entries(list))
      if (!Object.hasOwn(best, word) || rank < (best[word] ?? Infinity)) best[word] = rank
  return best
}
