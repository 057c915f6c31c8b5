import type { MatchExtended } from '@zxcvbn-ts/core'
import type { Measure } from './judgement.ts'
import { commonPasswords, createMeter, measured } from './meter.ts'
import { ownTerms } from './own-data.ts'
import { randomBits } from './random-bits.ts'

/** Characters measured in one go: the time grows with the square of their number (32 take 2 ms, 100 take 20). */
const stretch = 32
/** Nothing asks for more than that, so the rest need not be measured. */
const strongBits = 80

const meter = createMeter()

/** How many guesses `password` needs from somebody who knows words, names, keyboards, dates and `own`. A text that
 *  repeats itself counts once, and its length. Loads 120 ms of dictionaries with its module: for a worker. */
export function measure(password: string, own: readonly string[]): Measure {
  const characters = Array.from(password).slice(0, measured)
  const unit = characters.slice(0, periodOf(characters))
  const terms = [...own, ...ownTerms(own)]
  let bits = unit.length === characters.length ? 0 : Math.log2(characters.length)
  let common = commonPasswords.has(password.toLowerCase())
  for (let start = 0; start < unit.length && bits < strongBits; start += stretch) {
    const { sequence } = meter.check(unit.slice(start, start + stretch).join(''), terms)
    bits += sequence.reduce((sum, match) => sum + bitsOf(match), 0)
    common ||= isWord(sequence) && characters.length <= stretch && unit.length === characters.length
  }
  return { bits: Math.round(bits), common }
}

/** Reads the dictionaries and lets the engine compile what measuring runs, so that the first password is no slower
 *  than the next. */
export function warmUp(): void {
  for (let round = 0; round < 10; round++) measure(`x7!Kp0q#Lw9zVbT2 souris ${round}`, ['1815-12-10'])
}

function bitsOf(match: MatchExtended): number {
  if (match.pattern === 'bruteforce') return randomBits(match.token)
  const guesses = (match as { guesses?: unknown }).guesses
  return typeof guesses === 'number' ? Math.log2(Math.max(1, guesses)) : 0
}

/** Whether the whole is one word of a list. */
function isWord(sequence: readonly MatchExtended[]): boolean {
  const [only, ...rest] = sequence
  if (only?.pattern !== 'dictionary' || rest.length > 0) return false
  return (only as { dictionaryName?: unknown }).dictionaryName !== 'userInputs'
}

/** Length of the shortest beginning that, repeated, gives the whole (its last repetition perhaps cut off), when it is
 *  repeated at least twice; otherwise the length of the whole. By the borders of Knuth, Morris and Pratt. */
export function periodOf(characters: readonly string[]): number {
  const border = [0]
  for (let i = 1, length = 0; i < characters.length; i++) {
    while (length > 0 && characters[i] !== characters[length]) length = border[length - 1] ?? 0
    if (characters[i] === characters[length]) length += 1
    border[i] = length
  }
  const period = characters.length - (border.at(-1) ?? 0)
  return period * 2 <= characters.length ? period : characters.length
}
