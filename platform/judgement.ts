import { containsOwn, ownTerms } from './own-data.ts'
import { normalisePassword, passwordLimit } from './password.ts'

/** Why a password is refused: a closed list, put into words by the page. */
export type Reason = 'TOO_SHORT' | 'TOO_LONG' | 'COMMON' | 'GUESSABLE' | 'OWN_DATA' | 'NOT_TEXT'

export interface Judgement {
  /** For a meter: 3 and 4 are acceptable, 0 to 2 are not. */
  readonly score: 0 | 1 | 2 | 3 | 4
  readonly acceptable: boolean
  /** Empty when acceptable. */
  readonly reasons: readonly Reason[]
}

/** What measuring found: `bits` is the logarithm (base 2, whole) of the guesses needed, `common` whether the whole
 *  password is in a list of common passwords or words. */
export interface Measure {
  readonly bits: number
  readonly common: boolean
}

/** NIST SP 800-63B-4 §3.1.1.2: a password that stands alone has 15 characters. */
const enoughCharacters = 15
/** CNIL 2022-100: 80 bits for a password alone, 50 where attempts are throttled, as ours are. */
const enoughBits = 80
const leastBits = 50

/** Whether `password` may be chosen by somebody of whom `own` is known (`ownTerms` says in what form). It may when it
 *  has 15 characters or measures 80 bits, measures 50 bits in any case, is not common, contains nothing of its
 *  owner, has 1,024 bytes at most and is text. No class of characters is ever asked for. Pure.
 *  @param measure null when it could not be measured in time: then only length and content decide. */
export function judgement(password: string, own: readonly string[], measure: Measure | null): Judgement {
  const text = normalisePassword(password)
  const untaken = untakable(text)
  if (untaken !== null) return { score: 0, acceptable: false, reasons: [untaken] }
  const reasons: Reason[] = []
  const bits = measure?.bits ?? null
  if (lengthOf(text) < enoughCharacters && (bits === null || bits < enoughBits)) reasons.push('TOO_SHORT')
  if (measure?.common === true) reasons.push('COMMON')
  else if (bits !== null && bits < leastBits) reasons.push('GUESSABLE')
  if (containsOwn(text, ownTerms(own))) reasons.push('OWN_DATA')
  return { score: score(reasons, bits), acceptable: reasons.length === 0, reasons }
}

/** Why `text` cannot be a password at all, before anybody measures it; null when it can. */
export function untakable(text: string): Reason | null {
  if (Buffer.byteLength(text) > passwordLimit) return 'TOO_LONG'
  if (!text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return 'NOT_TEXT'
  return text === '' ? 'TOO_SHORT' : null
}

/** Length in code points, as NIST counts. */
function lengthOf(text: string): number {
  return Array.from(text).length
}

function score(reasons: readonly Reason[], bits: number | null): Judgement['score'] {
  if (reasons.length === 0) return bits !== null && bits >= enoughBits ? 4 : 3
  if (reasons.includes('COMMON') || reasons.includes('OWN_DATA')) return 0
  if (bits === null) return 1
  return bits < 25 ? 0 : bits < 45 ? 1 : 2
}
