import { StringDecoder } from 'node:string_decoder'
import type { Attribute, ChangeKind } from './message.ts'

/** One record of an LDIF file: an entry, or a change (RFC 2849). */
export type LdifRecord =
  | { kind: 'entry'; dn: string; attributes: Attribute[] }
  | { kind: 'delete'; dn: string }
  | { kind: 'modify'; dn: string; changes: { operation: ChangeKind; attribute: Attribute }[] }
  | { kind: 'rename'; dn: string; newRdn: string; deleteOldRdn: boolean; newSuperior: string | null }

/** The text is no LDIF (RFC 2849); `message` gives the line. */
export class LdifError extends Error {
  readonly code = 'LDIF_INVALID'
  constructor(message: string) {
    super(message)
    this.name = 'LdifError'
  }
}

interface Line {
  readonly at: number
  readonly name: string
  readonly value: Buffer
}

const widest = 76
const safe = /^(?![ :<])[\u0001-\u0009\u000B\u000C\u000E-\u007F]*(?<! )$/

/** An attribute of an entry that is written: values as bytes, or as text. */
export interface Written {
  readonly type: string
  readonly values: readonly (Buffer | string)[]
}

/** One entry as LDIF (RFC 2849), with the empty line that ends it. Long lines are folded. */
export function formatLdif(dn: string, attributes: Iterable<Written>): string {
  let text = formatLine('dn', dn)
  for (const { type, values } of attributes) for (const value of values) text += formatLine(type, value)
  return `${text}\n`
}

function formatLine(name: string, value: Buffer | string): string {
  const text = typeof value === 'string' ? value : value.toString('latin1')
  const line = safe.test(text) ? `${name}: ${text}` : `${name}:: ${Buffer.from(value).toString('base64')}`
  if (line.length <= widest) return `${line}\n`
  let folded = line.slice(0, widest)
  for (let at = widest; at < line.length; at += widest - 1) folded += `\n ${line.slice(at, at + widest - 1)}`
  return `${folded}\n`
}

/** Writes entries (RFC 2849) one by one, for files larger than memory. */
export function* writeLdif(
  entries: Iterable<{ dn: string; attributes: Iterable<Written> }>,
): Generator<string, void> {
  yield 'version: 1\n\n'
  for (const { dn, attributes } of entries) yield formatLdif(dn, attributes)
}

/** Reads LDIF text: entries and changes (RFC 2849). Values by URL are refused. @throws LdifError */
export function* parseLdif(text: string): Generator<LdifRecord, void> {
  const records = new Records()
  for (const line of text.split('\n').concat('')) {
    const record = records.take(line)
    if (record) yield record
  }
}

/** The longest line that a stream may have, in characters. */
const longestLine = 16_777_216

/** As `parseLdif` (RFC 2849), of a file of any size: one record is held at a time. @throws LdifError */
export async function* parseLdifStream(chunks: AsyncIterable<Buffer>): AsyncGenerator<LdifRecord, void> {
  const records = new Records()
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) throw new LdifError('ldif: a line is too long')
    for (const line of lines) {
      const record = records.take(line)
      if (record) yield record
    }
  }
  for (const line of [rest + decoder.end(), '']) {
    const record = records.take(line)
    if (record) yield record
  }
}

/** The entries of an LDIF file (RFC 2849) that holds nothing else. @throws LdifError for a change */
export async function* entriesOf(
  records: AsyncIterable<LdifRecord>,
): AsyncGenerator<{ dn: string; attributes: Attribute[] }, void> {
  for await (const record of records) {
    if (record.kind !== 'entry') throw new LdifError(`ldif: a change where entries were expected`)
    yield record
  }
}

/** Puts lines together: those that are folded, and those of one record. */
class Records {
  #lines: Line[] = []
  #held = ''
  #heldAt = 0
  #at = 0

  /** One line, without its end; an empty one ends a record. @returns the record that it ends, or null */
  take(raw: string): LdifRecord | null {
    this.#at++
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith(' ')) {
      if (this.#held.length + line.length > longestLine)
        throw new LdifError(`ldif: line ${this.#at} is too long`)
      this.#held += line.slice(1)
      return null
    }
    if (this.#held !== '' && !this.#held.startsWith('#'))
      this.#lines.push(parseLine(this.#held, this.#heldAt))
    this.#held = line
    this.#heldAt = this.#at
    if (line !== '') return null
    const lines = this.#lines.filter(({ name }, at) => !(at === 0 && name === 'version'))
    this.#lines = []
    return lines.length > 0 ? parseRecord(lines) : null
  }
}

function parseLine(line: string, at: number): Line {
  if (line === '-') return { at, name: '-', value: Buffer.alloc(0) }
  const colon = line.indexOf(':')
  if (colon < 1) throw new LdifError(`ldif: line ${at} has no name`)
  const name = line.slice(0, colon)
  const rest = line.slice(colon + 1)
  if (rest.startsWith('<')) throw new LdifError(`ldif: line ${at}: values by URL are not read`)
  if (!rest.startsWith(':')) return { at, name, value: Buffer.from(rest.replace(/^ +/, '')) }
  const base64 = rest.slice(1).trim()
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
    throw new LdifError(`ldif: line ${at} is not base64`)
  }
  return { at, name, value: Buffer.from(base64, 'base64') }
}

function parseRecord(lines: readonly Line[]): LdifRecord {
  const [head, second] = lines
  if (head?.name.toLowerCase() !== 'dn')
    throw new LdifError(`ldif: line ${head?.at ?? 0}: a record starts with dn:`)
  const dn = head.value.toString('utf8')
  if (second?.name.toLowerCase() === 'control')
    throw new LdifError(`ldif: line ${second.at}: controls are not read`)
  if (second?.name.toLowerCase() !== 'changetype')
    return { kind: 'entry', dn, attributes: gather(lines.slice(1)) }
  const rest = lines.slice(2)
  const type = second.value.toString('utf8').toLowerCase()
  if (type === 'add') return { kind: 'entry', dn, attributes: gather(rest) }
  if (type === 'delete') return { kind: 'delete', dn }
  if (type === 'modify') return { kind: 'modify', dn, changes: gatherChanges(rest) }
  if (type !== 'modrdn' && type !== 'moddn')
    throw new LdifError(`ldif: line ${second.at}: an unknown changetype`)
  const given = new Map(rest.map(({ name, value }) => [name.toLowerCase(), value.toString('utf8')]))
  const newRdn = given.get('newrdn')
  if (newRdn === undefined) throw new LdifError(`ldif: line ${second.at}: newrdn is missing`)
  const newSuperior = given.get('newsuperior') ?? null
  return { kind: 'rename', dn, newRdn, deleteOldRdn: given.get('deleteoldrdn') !== '0', newSuperior }
}

function gather(lines: readonly Line[]): Attribute[] {
  const found = new Map<string, { type: string; values: Buffer[] }>()
  for (const { at, name, value } of lines) {
    if (name === '-') throw new LdifError(`ldif: line ${at}: - belongs into a modification`)
    if (name.toLowerCase() === 'dn') throw new LdifError(`ldif: line ${at}: an empty line belongs before dn:`)
    const key = name.toLowerCase()
    const known = found.get(key)
    if (known) known.values.push(value)
    else found.set(key, { type: name, values: [value] })
  }
  return [...found.values()]
}

function gatherChanges(lines: readonly Line[]): { operation: ChangeKind; attribute: Attribute }[] {
  const changes: { operation: ChangeKind; attribute: { type: string; values: Buffer[] } }[] = []
  let open = false
  for (const { at, name, value } of lines) {
    const last = changes.at(-1)
    if (name === '-') open = false
    else if (open && last) {
      if (name.toLowerCase() !== last.attribute.type.toLowerCase()) {
        throw new LdifError(`ldif: line ${at}: another attribute than the one being changed`)
      }
      last.attribute.values.push(value)
    } else {
      const operation = name.toLowerCase()
      if (
        operation !== 'add' &&
        operation !== 'delete' &&
        operation !== 'replace' &&
        operation !== 'increment'
      ) {
        throw new LdifError(`ldif: line ${at}: an unknown modification`)
      }
      changes.push({ operation, attribute: { type: value.toString('utf8'), values: [] } })
      open = true
    }
  }
  return changes
}
