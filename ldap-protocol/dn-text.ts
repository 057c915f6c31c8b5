/** One attribute and value of an RDN; `type` as written. */
export interface Ava {
  readonly type: string
  readonly value: Buffer
}
export type Rdn = readonly Ava[]
/** A distinguished name, leaf first; the empty one is the root. */
export type Dn = readonly Rdn[]

const typePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)$/
const hexPair = /^[0-9A-Fa-f]{2}$/
const plainDn = /^(?:[A-Za-z][A-Za-z0-9-]*=[A-Za-z0-9@._-]+)(?:,[A-Za-z][A-Za-z0-9-]*=[A-Za-z0-9@._-]+)*$/

/** Most RDNs a name may have. */
export const rdnsPerName = 256

/** Parses the text of a name (RFC 4514 §3), and the spaces around `,` `+` `=` and the `;` of RFC 2253 that slapd takes.
 *  @returns null when it is no distinguished name */
export function parseDn(text: string): Dn | null {
  if (text === '') return []
  if (plainDn.test(text)) return parsePlain(text)
  const rdns: Rdn[] = []
  let rdn: Ava[] = []
  let at = 0
  for (;;) {
    const equals = text.indexOf('=', at)
    if (equals < 0) return null
    const type = text.slice(at, equals).trim()
    if (!typePattern.test(type)) return null
    const read = readValue(text, equals + 1)
    if (!read) return null
    rdn.push({ type, value: read.value })
    at = read.at
    const separator = text[at]
    if (separator === '+') {
      at++
      continue
    }
    rdns.push(rdn)
    if (separator === undefined) return rdns
    if (rdns.length >= rdnsPerName) return null
    rdn = []
    at++
  }
}

function parsePlain(text: string): Dn | null {
  const parts = text.split(',')
  if (parts.length > rdnsPerName) return null
  return parts.map((part) => {
    const equals = part.indexOf('=')
    return [{ type: part.slice(0, equals), value: Buffer.from(part.slice(equals + 1)) }]
  })
}

/** Reads one value up to an unescaped separator. */
function readValue(text: string, start: number): { value: Buffer; at: number } | null {
  let at = start
  while (text[at] === ' ') at++
  if (text[at] === '#') return readHex(text, at + 1)
  if (text[at] === '"') return readQuoted(text, at + 1)
  const parts: Buffer[] = []
  let run = ''
  let spaces = 0
  const flush = (): void => {
    if (run === '') return
    parts.push(Buffer.from(run))
    run = ''
  }
  for (; at < text.length; at++) {
    const letter = text.charAt(at)
    if (letter === ',' || letter === '+' || letter === ';') break
    if (letter === '\0' || letter === '"' || letter === '<' || letter === '>') return null
    spaces = letter === ' ' ? spaces + 1 : 0
    if (letter !== '\\') {
      run += letter
      continue
    }
    const pair = text.slice(at + 1, at + 3)
    if (hexPair.test(pair)) {
      flush()
      parts.push(Buffer.from(pair, 'hex'))
      at += 2
    } else if (pair !== '' && ' "#+,;<=>\\'.includes(pair.charAt(0))) {
      run += pair.charAt(0)
      at++
    } else return null
  }
  if (spaces > 0) run = run.slice(0, -spaces)
  flush()
  return { value: Buffer.concat(parts), at }
}

/** A value between quotes, as RFC 2253 §4 has servers accept it. */
function readQuoted(text: string, start: number): { value: Buffer; at: number } | null {
  const parts: Buffer[] = []
  let run = ''
  let at = start
  for (; text[at] !== '"'; at++) {
    const letter = text.charAt(at)
    if (letter === '' || letter === '\0') return null
    if (letter !== '\\') {
      run += letter
      continue
    }
    const pair = text.slice(at + 1, at + 3)
    if (hexPair.test(pair)) {
      parts.push(Buffer.from(run), Buffer.from(pair, 'hex'))
      run = ''
      at += 2
    } else if (pair !== '' && ' "#+,;<=>\\'.includes(pair.charAt(0))) {
      run += pair.charAt(0)
      at++
    } else return null
  }
  at++
  while (text[at] === ' ') at++
  return at < text.length && !',+;'.includes(text.charAt(at))
    ? null
    : { value: Buffer.concat([...parts, Buffer.from(run)]), at }
}

/** `#` and the hexadecimal BER of the value; only primitive string forms carry text. */
function readHex(text: string, start: number): { value: Buffer; at: number } | null {
  let at = start
  while (at < text.length && !',+;'.includes(text.charAt(at))) at++
  const digits = text.slice(start, at).trimEnd()
  if (digits.length < 4 || digits.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(digits)) return null
  const bytes = Buffer.from(digits, 'hex')
  const length = bytes[1] ?? 0x80
  if (length < 0x80) return length === bytes.length - 2 ? { value: bytes.subarray(2), at } : null
  const count = length & 0x7f
  if (count < 1 || count > 3 || bytes.length < 2 + count) return null
  return bytes.readUIntBE(2, count) === bytes.length - 2 - count
    ? { value: bytes.subarray(2 + count), at }
    : null
}

/** The text of RFC 4514 §2.4: what must be escaped is, as hexadecimal pairs where slapd writes them so. */
export function formatDn(dn: Dn): string {
  return dn.map(formatRdn).join(',')
}

/** One RDN of it (RFC 4514 §2.2). */
export function formatRdn(rdn: Rdn): string {
  return rdn.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+')
}

/** One value as RFC 4514 §2.4 writes it; bytes that are not UTF-8 become pairs. */
export function escapeValue(value: Buffer): string {
  const text = value.toString('utf8')
  if (/^[A-Za-z0-9@._/:-][A-Za-z0-9@._/: -]*$/.test(text) && !text.endsWith(' ')) return text
  if (!Buffer.from(text).equals(value)) {
    return [...value].map((byte) => `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
  }
  let escaped = ''
  const last = text.length - 1
  for (let at = 0; at <= last; at++) {
    const letter = text.charAt(at)
    const edgeSpace = letter === ' ' && (at === 0 || at === last)
    if (edgeSpace || '"+,;<=>\\'.includes(letter) || (letter === '#' && at === 0) || letter < ' ') {
      escaped += `\\${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
    } else escaped += letter
  }
  return escaped
}
