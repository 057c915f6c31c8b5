/** A definition as written: its OID and what follows each keyword (RFC 4512 §4.1). */
export interface Definition {
  readonly kind: 'attributetype' | 'objectclass'
  readonly oid: string
  readonly names: readonly string[]
  readonly words: ReadonlyMap<string, readonly string[]>
}

/** A schema text (RFC 4512 §4.1) is wrong; `message` says where. */
export class SchemaError extends Error {
  readonly code = 'LDAP_SCHEMA_INVALID'
  constructor(message: string) {
    super(message)
    this.name = 'SchemaError'
  }
}

const flags = new Set([
  'OBSOLETE',
  'SINGLE-VALUE',
  'COLLECTIVE',
  'NO-USER-MODIFICATION',
  'ABSTRACT',
  'STRUCTURAL',
  'AUXILIARY',
])

/** Reads a file of definitions (RFC 4512 §4.1) in the form that slapd includes: `attributetype ( … )`, `objectclass ( … )`,
 *  `objectidentifier NAME OID`, comments with `#`, continuation lines starting with a space. */
export function parseSchemaText(text: string): Definition[] {
  const macros = new Map<string, string>()
  const definitions: Definition[] = []
  for (const line of logicalLines(text)) {
    const [, keyword = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? []
    const kind = keyword.toLowerCase()
    if (kind === 'objectidentifier') {
      const [name = '', oid = ''] = rest.trim().split(/\s+/)
      macros.set(name.toLowerCase(), expand(oid, macros))
    } else if (kind === 'attributetype' || kind === 'objectclass') {
      definitions.push(parseDefinition(kind, rest, macros))
    } else throw new SchemaError(`schema: ${keyword || line} is not a definition`)
  }
  return definitions
}

function logicalLines(text: string): string[] {
  const lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#') || line.trim() === '') continue
    const last = lines.length - 1
    if (/^\s/.test(line) && last >= 0) lines[last] = `${lines[last] ?? ''}\n${line}`
    else lines.push(line)
  }
  return lines
}

function expand(oid: string, macros: ReadonlyMap<string, string>): string {
  const [head = '', tail] = oid.split(':')
  const known = macros.get(head.toLowerCase())
  if (known === undefined) return oid
  return tail === undefined ? known : `${known}.${tail}`
}

function parseDefinition(
  kind: Definition['kind'],
  text: string,
  macros: ReadonlyMap<string, string>,
): Definition {
  const tokens = text.match(/'[^']*'|[()$]|[^\s()$']+/g) ?? []
  const fail = (why: string): never => {
    throw new SchemaError(`schema: ${kind} ${tokens[1] ?? ''}: ${why}`)
  }
  if (tokens[0] !== '(' || tokens.at(-1) !== ')') fail('parentheses are missing')
  const oid = expand(tokens[1] ?? '', macros)
  if (!/^\d+(?:\.\d+)+$/.test(oid)) fail('the OID is missing')
  const words = new Map<string, string[]>()
  for (let at = 2; at < tokens.length - 1; at++) {
    const word = (tokens[at] ?? '').toUpperCase()
    if (words.has(word)) fail(`${word} is given twice`)
    const values: string[] = []
    words.set(word, values)
    if (flags.has(word)) continue
    const next = tokens[++at]
    if (next === undefined || next === ')') fail(`${word} has no value`)
    if (next !== '(') {
      values.push(unquote(next ?? ''))
      continue
    }
    while (tokens[++at] !== ')') {
      const value = tokens[at]
      if (value === undefined || value === '(') fail(`the list of ${word} does not end`)
      else if (value !== '$') values.push(unquote(value))
    }
    if (at >= tokens.length - 1) fail(`the list of ${word} does not end`)
  }
  return { kind, oid, names: words.get('NAME') ?? [], words }
}

function unquote(token: string): string {
  return token.startsWith("'") ? token.slice(1, -1) : token
}

const lists = new Set(['MUST', 'MAY', 'SUP'])

/** The definition as the subschema entry publishes it (RFC 4512 §4.2). */
export function describe(oid: string, words: Definition['words']): string {
  const parts = [oid]
  for (const [word, values] of words) {
    const quoted = word === 'NAME' || word === 'DESC' || word.startsWith('X-')
    const shown = values.map((value) => (quoted ? `'${value}'` : value))
    if (shown.length === 0) parts.push(word)
    else if (shown.length === 1) parts.push(`${word} ${shown.join('')}`)
    else parts.push(`${word} ( ${shown.join(lists.has(word) ? ' $ ' : ' ')} )`)
  }
  return `( ${parts.join(' ')} )`
}
