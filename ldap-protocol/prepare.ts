/** String preparation of RFC 4518 for matching: mapping, compatibility normalisation, insignificant spaces.
 *  Case is folded when asked. The answer is a string whose equality is the rule's equality. */

// Mapped to nothing, and to a space, by RFC 4518 §2.2.
const mapped =
  /[\u0000-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u034F\u06DD\u070F\u1806\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2063\u206A-\u206F\uFE00-\uFE0F\uFEFF\uFFF9-\uFFFC]/gu
const spaces = /[\t\n\v\f\r\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/gu
const plain = /^[!-~]+(?: [!-~]+)*$/

/** Where a piece of text stands in the whole: spaces at an inner edge are significant. */
export type Place = 'whole' | 'initial' | 'any' | 'final'

/** Prepares text for matching (RFC 4518 §2): two texts are the same under a rule where these are. */
export function prepare(text: string, foldCase: boolean, place: Place = 'whole'): string {
  if (plain.test(text)) return foldCase ? text.toLowerCase() : text
  let done = text.replace(mapped, '').replace(spaces, ' ')
  if (foldCase) done = fold(done)
  done = done.normalize('NFKC').replace(/ {2,}/g, ' ')
  if (place === 'whole' || place === 'initial') done = done.replace(/^ /, '')
  if (place === 'whole' || place === 'final') done = done.replace(/ $/, '')
  return done
}

/** Folds case so that ß and SS, ς and Σ agree, as the tables of RFC 3454 B.2 do, which leave ı alone. */
function fold(text: string): string {
  const upper = text
    .normalize('NFKC')
    .split('ı')
    .map((part) => part.toUpperCase())
  return upper.join('ı').toLowerCase().replaceAll('ς', 'σ')
}
