import { MalformedError } from './ber-reader.ts'
import type { Reader } from './ber-reader.ts'
import type { Writer } from './ber-writer.ts'

/** A search filter (RFC 4511 §4.5.1.7). `type` is an attribute description as received; assertion values
 *  are bytes. `undefined` stands for a choice that nobody here knows: it never matches. */
export type Filter =
  | { kind: 'and' | 'or'; of: readonly Filter[] }
  | { kind: 'not'; of: Filter }
  | { kind: 'equal' | 'greater' | 'less' | 'approx'; type: string; value: Buffer }
  | { kind: 'present'; type: string }
  | { kind: 'substrings'; type: string; initial: Buffer | null; any: readonly Buffer[]; final: Buffer | null }
  | { kind: 'extensible'; rule: string | null; type: string | null; value: Buffer; dnAttributes: boolean }
  | { kind: 'undefined' }

/** How many conditions a filter (RFC 4511 §4.5.1.7) is made of, groups and pieces included: what trying it costs. */
export function filterSize(filter: Filter): number {
  if (filter.kind === 'and' || filter.kind === 'or') {
    return filter.of.reduce((sum, one) => sum + filterSize(one), 1)
  }
  if (filter.kind === 'not') return 1 + filterSize(filter.of)
  return filter.kind === 'substrings' ? 1 + filter.any.length : 1
}

const ava = { 0xa3: 'equal', 0xa5: 'greater', 0xa6: 'less', 0xa8: 'approx' } as const

/** Reads one filter (RFC 4511 §4.5.1.7). Depth is bounded by the reader. @throws MalformedError */
export function readFilter(from: Reader): Filter {
  const tag = from.peek()
  switch (tag) {
    case 0xa0:
    case 0xa1: {
      const inner = from.enter(tag)
      const of: Filter[] = []
      while (inner.more) of.push(readFilter(inner))
      return { kind: tag === 0xa0 ? 'and' : 'or', of }
    }
    case 0xa2: {
      const inner = from.enter(tag)
      const of = readFilter(inner)
      inner.finish()
      return { kind: 'not', of }
    }
    case 0xa3:
    case 0xa5:
    case 0xa6:
    case 0xa8: {
      const inner = from.enter(tag)
      const filter: Filter = { kind: ava[tag], type: inner.text(), value: inner.octets(0x04) }
      inner.finish()
      return filter
    }
    case 0xa4:
      return readSubstrings(from.enter(tag))
    case 0x87:
      return { kind: 'present', type: from.text(0x87) }
    case 0xa9:
      return readExtensible(from.enter(tag))
    case -1:
      throw new MalformedError('a filter is missing')
    default:
      from.skip()
      return { kind: 'undefined' }
  }
}

/** Pieces that are empty, absent or out of order make the filter undefined, as slapd has it. */
function readSubstrings(from: Reader): Filter {
  const type = from.text()
  const pieces = from.enter(0x30)
  from.finish()
  let initial: Buffer | null = null
  let final: Buffer | null = null
  const any: Buffer[] = []
  let sound = pieces.more
  while (pieces.more) {
    const tag = pieces.peek()
    const piece = pieces.octets(tag)
    if (piece.length === 0 || final || (tag === 0x80 && (initial ?? any[0]))) sound = false
    if (tag === 0x80) initial = piece
    else if (tag === 0x81) any.push(piece)
    else if (tag === 0x82) final = piece
    else sound = false
  }
  if (!sound) return { kind: 'undefined' }
  return { kind: 'substrings', type, initial, any, final }
}

function readExtensible(from: Reader): Filter {
  let rule: string | null = null
  let type: string | null = null
  let dnAttributes = false
  if (from.peek() === 0x81) rule = from.text(0x81)
  if (from.peek() === 0x82) type = from.text(0x82)
  const value = from.octets(0x83)
  if (from.peek() === 0x84) dnAttributes = from.boolean(0x84)
  from.finish()
  if (rule === null && type === null) return { kind: 'undefined' }
  return { kind: 'extensible', rule, type, value, dnAttributes }
}

const avaTag = { equal: 0xa3, greater: 0xa5, less: 0xa6, approx: 0xa8 } as const

/** Writes one filter (RFC 4511 §4.5.1.7). @throws Error for `undefined`, which has no form of its own */
export function writeFilter(to: Writer, filter: Filter): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      to.begin(filter.kind === 'and' ? 0xa0 : 0xa1)
      for (const one of filter.of) writeFilter(to, one)
      to.end()
      return
    case 'not':
      to.begin(0xa2)
      writeFilter(to, filter.of)
      to.end()
      return
    case 'present':
      to.text(filter.type, 0x87)
      return
    case 'substrings':
      to.begin(0xa4).text(filter.type).begin(0x30)
      if (filter.initial) to.octets(filter.initial, 0x80)
      for (const piece of filter.any) to.octets(piece, 0x81)
      if (filter.final) to.octets(filter.final, 0x82)
      to.end().end()
      return
    case 'extensible':
      to.begin(0xa9)
      if (filter.rule !== null) to.text(filter.rule, 0x81)
      if (filter.type !== null) to.text(filter.type, 0x82)
      to.octets(filter.value, 0x83)
      if (filter.dnAttributes) to.boolean(true, 0x84)
      to.end()
      return
    case 'undefined':
      throw new Error('an undefined filter cannot be sent')
    default:
      to.begin(avaTag[filter.kind]).text(filter.type).octets(filter.value).end()
  }
}
