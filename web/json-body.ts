import type { FastifyInstance } from 'fastify'
import { IdentityError } from '../platform/error.ts'

/** Makes JSON the only body that `app` (and what is registered in it) reads: 415 for any other, also for one that is
 *  said not to be in UTF-8 (RFC 8259 §8.1). Read as UTF-8 all the same, a password would not be the one that was typed. */
export function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (otherCharset.test(request.headers['content-type'] ?? ''))
        throw new IdentityError('UNSUPPORTED_MEDIA_TYPE', 'body refused: said not to be in UTF-8')
      done(null, parseBody(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
}

const otherCharset = /;\s*charset\s*=\s*(?!"?utf-8"?\s*(?:;|$))/i

/** A JSON text, with what parsers disagree on refused: bytes that are no UTF-8, a byte order mark, and a key
 *  given twice or named `__proto__` in the outer object (the only one our schemas let through).
 *  Throws REQUEST_INVALID, without a word of what was sent. */
export function parseBody(body: Uint8Array): unknown {
  const text = decode(body)
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const keys = Object.keys(value)
  if (keys.length !== outerKeys(text)) throw refused('a key is given twice')
  if (keys.includes('__proto__')) throw refused('a key is not allowed')
  return value
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw refused('not UTF-8')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which may hold a password.
    throw refused('not JSON')
  }
}

/** How many keys the outer object of a valid JSON text spells out, repeated ones included. */
function outerKeys(text: string): number {
  let depth = 0
  let keys = 0
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && colon !== undefined) keys++
  }
  return keys
}

function refused(why: string): IdentityError {
  return new IdentityError('REQUEST_INVALID', `body refused: ${why}`)
}
