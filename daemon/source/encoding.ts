import type { FeedEncoding } from './manifest.ts'

/** Decodes a file piece by piece: the text of the next bytes (undefined: the end), or null once they are not
 *  text. A NUL is never text: it is the trace of a hole in a file or of UTF-16, and no directory can hold it.
 *
 *  By the WHATWG Encoding Standard, `ISO-8859-1` is read as Windows-1252, its superset where text is concerned:
 *  files that say the one and are the other are common, and the other way round loses œ and ’. */
export function textDecoder(encoding: FeedEncoding): (bytes?: Uint8Array) => string | null {
  const decoder = new TextDecoder(encoding, { fatal: true })
  return (bytes) => {
    if (bytes?.includes(0)) return null
    try {
      const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
      return encoding === 'Windows-1252' && unassigned.test(text) ? null : text
    } catch {
      return null
    }
  }
}

/** The five bytes without a character in Windows-1252, which the standard decodes as controls. */
const unassigned = /[\u0081\u008d\u008f\u0090\u009d]/
