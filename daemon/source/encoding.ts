import type { FeedEncoding } from './manifest.ts'

/** Decodes a file piece by piece: the text of the next bytes (undefined: the end), or null once they are not
 *  text. A NUL is never text: it is the trace of a hole in a file or of UTF-16, and no directory can hold it.
 *
 *  By the WHATWG Encoding Standard, `ISO-8859-1` is read as Windows-1252, its superset where text is concerned:
 *  files that say the one and are the other are common, and the other way round loses œ and ’.
 *
 *  Where any byte is a letter, nothing but its sense tells that a file is UTF-8 and says otherwise, and every name
 *  and address made from it would be wrong for ever. So what is UTF-8 from end to end, accents included, is not text
 *  in another encoding: there an accent is nearly never followed by what UTF-8 demands. */
export function textDecoder(encoding: FeedEncoding): (bytes?: Uint8Array) => string | null {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const isUtf8 = encoding === 'UTF-8' ? () => false : utf8Beyond()
  return (bytes) => {
    if (bytes?.includes(0)) return null
    try {
      const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
      if (isUtf8(bytes)) return null
      return encoding === 'Windows-1252' && unassigned.test(text) ? null : text
    } catch {
      return null
    }
  }
}

/** Whether, at the end, all that was given is UTF-8 and more than ASCII. */
function utf8Beyond(): (bytes?: Uint8Array) => boolean {
  const decoder = new TextDecoder('UTF-8', { fatal: true })
  let isUtf8 = true
  let beyond = false
  return (bytes) => {
    try {
      // Mostly the first accent ends this.
      if (isUtf8) beyond ||= /\P{ASCII}/u.test(decoder.decode(bytes, { stream: bytes !== undefined }))
    } catch {
      isUtf8 = false
    }
    return bytes === undefined && isUtf8 && beyond
  }
}

/** The five bytes without a character in Windows-1252, which the standard decodes as controls. */
const unassigned = /[\u0081\u008d\u008f\u0090\u009d]/
