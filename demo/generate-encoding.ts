import type { FeedEncoding } from '../daemon/source/manifest.ts'
import { withoutAccents } from '../domain/name.ts'

/** Writes text in one of the encodings of the feed. */
export interface Encoder {
  /** The text with only characters that the encoding has: others lose their marks, else become `?`. */
  readonly representable: (text: string) => string
  /** The bytes of a representable text. */
  readonly bytes: (text: string) => Buffer
}

/** The encoder of an encoding. */
export function encoderOf(encoding: FeedEncoding): Encoder {
  if (encoding === 'UTF-8') {
    return { representable: (text) => text.toWellFormed(), bytes: (text) => Buffer.from(text, 'utf8') }
  }
  const byteOf = tableOf(encoding)
  const known = (letter: string): boolean => byteOf.has(letter)
  const nearest = (letter: string): string => {
    if (known(letter)) return letter
    const plain = withoutAccents(letter)
    return plain !== '' && Array.from(plain).every(known) ? plain : '?'
  }
  return {
    representable: (text) => (ascii.test(text) ? text : text.normalize('NFC').replace(beyondAscii, nearest)),
    bytes: (text) => {
      const bytes = Buffer.allocUnsafe(text.length)
      for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index)
        bytes[index] = code < 0x80 ? code : (byteOf.get(text.charAt(index)) ?? questionMark)
      }
      return bytes
    },
  }
}

const ascii = /^\p{ASCII}*$/u
const beyondAscii = /[^\p{ASCII}]/gu
const questionMark = 0x3f

/** Byte by character, of the characters that are text: controls above ASCII are not. */
function tableOf(encoding: Exclude<FeedEncoding, 'UTF-8'>): ReadonlyMap<string, number> {
  // As a decoder's label, ISO-8859-1 means Windows-1252, which has more; only the true one may be written.
  const firstByte = encoding === 'Windows-1252' ? 0x80 : 0xa0
  const decoder = new TextDecoder(encoding)
  const table = new Map<string, number>()
  for (let byte = 0; byte < 0x100; byte++) {
    const character = byte < 0x80 ? String.fromCharCode(byte) : decoder.decode(Uint8Array.of(byte))
    if (byte < 0x80 || (byte >= firstByte && !/\p{Cc}/u.test(character))) table.set(character, byte)
  }
  return table
}
