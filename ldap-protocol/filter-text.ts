import type { Filter } from './filter.ts'

/** The text is no filter of RFC 4515. */
export class FilterError extends Error {
  readonly code = 'LDAP_FILTER_INVALID'
  constructor(message: string) {
    super(message)
    this.name = 'FilterError'
  }
}

const deepest = 64
const description = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)(?:;[A-Za-z0-9-]+)*$/

/** Parses the text form of RFC 4515, absolute filters `(&)` and `(|)` of RFC 4526 included.
 *  @throws FilterError */
export function parseFilter(text: string): Filter {
  const cursor = { text, at: 0 }
  const filter = text.startsWith('(') ? parseOne(cursor, 0) : parseItem(text)
  if (text.startsWith('(') && cursor.at !== text.length)
    throw new FilterError('filter: something follows its end')
  return filter
}

interface Cursor {
  readonly text: string
  at: number
}

function parseOne(cursor: Cursor, depth: number): Filter {
  if (depth > deepest) throw new FilterError('filter: nested too deeply')
  expect(cursor, '(')
  const kind = cursor.text[cursor.at]
  let filter: Filter
  if (kind === '&' || kind === '|') {
    cursor.at++
    const of: Filter[] = []
    while (cursor.text[cursor.at] === '(') of.push(parseOne(cursor, depth + 1))
    filter = { kind: kind === '&' ? 'and' : 'or', of }
  } else if (kind === '!') {
    cursor.at++
    filter = { kind: 'not', of: parseOne(cursor, depth + 1) }
  } else {
    const end = cursor.text.indexOf(')', cursor.at)
    if (end < 0) throw new FilterError('filter: a parenthesis is missing')
    filter = parseItem(cursor.text.slice(cursor.at, end))
    cursor.at = end
  }
  expect(cursor, ')')
  return filter
}

function expect(cursor: Cursor, letter: string): void {
  if (cursor.text[cursor.at] !== letter) throw new FilterError(`filter: ${letter} is missing at ${cursor.at}`)
  cursor.at++
}

function parseItem(text: string): Filter {
  const equals = text.indexOf('=')
  if (equals < 1) throw new FilterError('filter: an item without =')
  const before = text.charAt(equals - 1)
  const after = text.slice(equals + 1)
  if (before === ':') return parseExtensible(text.slice(0, equals - 1), after)
  const compared = { '>': 'greater', '<': 'less', '~': 'approx' } as const
  const kind = before === '>' || before === '<' || before === '~' ? compared[before] : null
  const type = checked(text.slice(0, kind ? equals - 1 : equals))
  if (kind) return { kind, type, value: unescape(after) }
  if (after === '*') return { kind: 'present', type }
  if (!after.includes('*')) return { kind: 'equal', type, value: unescape(after) }
  const pieces = after.split('*').map(unescape)
  const [initial, final] = [pieces.shift(), pieces.pop()]
  if (pieces.some((piece) => piece.length === 0)) throw new FilterError('filter: an empty piece')
  return {
    kind: 'substrings',
    type,
    initial: initial && initial.length > 0 ? initial : null,
    any: pieces,
    final: final && final.length > 0 ? final : null,
  }
}

function parseExtensible(left: string, after: string): Filter {
  const [name = '', ...rest] = left.split(':')
  const dnAttributes = rest[0]?.toLowerCase() === 'dn'
  if (dnAttributes) rest.shift()
  const [rule = null, ...more] = rest
  if (more.length > 0 || (name === '' && rule === null))
    throw new FilterError('filter: a wrong extensible match')
  return {
    kind: 'extensible',
    rule: rule === null ? null : checked(rule),
    type: name === '' ? null : checked(name),
    value: unescape(after),
    dnAttributes,
  }
}

function checked(type: string): string {
  if (!description.test(type)) throw new FilterError('filter: a wrong attribute description')
  return type
}

function unescape(text: string): Buffer {
  if (!text.includes('\\')) {
    if (/[()*\0]/.test(text)) throw new FilterError('filter: a letter that must be escaped')
    return Buffer.from(text)
  }
  const parts = text.split('\\')
  const bytes = [Buffer.from(parts.shift() ?? '')]
  for (const part of parts) {
    const pair = part.slice(0, 2)
    if (!/^[0-9A-Fa-f]{2}$/.test(pair)) throw new FilterError('filter: a wrong escape')
    bytes.push(Buffer.from(pair, 'hex'), Buffer.from(part.slice(2)))
  }
  return Buffer.concat(bytes)
}

/** One assertion value as RFC 4515 §3 writes it. */
export function escapeFilterValue(value: Buffer | string): string {
  const bytes = Buffer.from(value)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) {
    return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
  }
  return text.replace(/[\0()*\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** The text form of RFC 4515. */
export function formatFilter(filter: Filter): string {
  const value = escapeFilterValue
  switch (filter.kind) {
    case 'and':
      return `(&${filter.of.map(formatFilter).join('')})`
    case 'or':
      return `(|${filter.of.map(formatFilter).join('')})`
    case 'not':
      return `(!${formatFilter(filter.of)})`
    case 'equal':
      return `(${filter.type}=${value(filter.value)})`
    case 'greater':
      return `(${filter.type}>=${value(filter.value)})`
    case 'less':
      return `(${filter.type}<=${value(filter.value)})`
    case 'approx':
      return `(${filter.type}~=${value(filter.value)})`
    case 'present':
      return `(${filter.type}=*)`
    case 'substrings': {
      const pieces = [filter.initial, ...filter.any, filter.final].map((piece) => (piece ? value(piece) : ''))
      return `(${filter.type}=${pieces.join('*')})`
    }
    case 'extensible': {
      const rule = filter.rule === null ? '' : `:${filter.rule}`
      return `(${filter.type ?? ''}${filter.dnAttributes ? ':dn' : ''}${rule}:=${value(filter.value)})`
    }
    case 'undefined':
      return '(?=undefined)'
  }
}
