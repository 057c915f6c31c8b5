import { formatDn, parseDn } from './dn-text.ts'
import type { Dn, Rdn } from './dn-text.ts'
import { matchingRules } from './matching-rules.ts'
import type { MatchingRule, Names } from './matching-rules.ts'
import { plainRdn } from './plain-rdn.ts'
import { prepare } from './prepare.ts'
import type { AttributeType, Description, ObjectClass, Spelling, Usage } from './schema-parts.ts'
import { SchemaError, describe, parseSchemaText } from './schema-text.ts'
import type { Definition } from './schema-text.ts'
import { Spellings } from './spellings.ts'
import { syntaxes } from './syntaxes.ts'

export type { AttributeType, Description, ObjectClass, Spelling } from './schema-parts.ts'

const nameSyntax = '1.3.6.1.4.1.1466.115.121.1.12'
const nameAndUidSyntax = '1.3.6.1.4.1.1466.115.121.1.34'
const ia5Syntax = '1.3.6.1.4.1.1466.115.121.1.26'
const numericSyntax = '1.3.6.1.4.1.1466.115.121.1.36'
const stringSyntax = '1.3.6.1.4.1.1466.115.121.1.15'
/** Country, printable and telephone strings are directory strings too (RFC 4517 §4.2.3). */
const stringSyntaxes: ReadonlySet<string> = new Set(
  ['11', '44', '50'].map((last) => `1.3.6.1.4.1.1466.115.121.1.${last}`),
)
const descriptionsKept = 10_000
const namesKept = 20_000
/** Longer names are read anew each time. */
const namesLength = 200

/** The schema of a directory (RFC 4512 §4): types, classes, and the names written with them. */
export class Schema implements Names {
  readonly attributeTypes: readonly AttributeType[]
  readonly objectClasses: readonly ObjectClass[]
  readonly #types = new Map<string, AttributeType>()
  readonly #classes = new Map<string, ObjectClass>()
  readonly #rules = new Map<string, MatchingRule>()
  readonly #subtypes = new Map<AttributeType, AttributeType[]>()
  readonly #descriptions = new Map<string, Description | null>()
  readonly #normalNames = new Map<string, string | null>()

  /** @param texts contents of schema files, in an order where what is used comes first
   *  @throws SchemaError */
  constructor(texts: readonly string[]) {
    for (const rule of matchingRules) {
      this.#rules.set(rule.oid, rule)
      this.#rules.set(rule.name.toLowerCase(), rule)
    }
    const definitions = texts.flatMap(parseSchemaText)
    this.attributeTypes = definitions
      .filter(({ kind }) => kind === 'attributetype')
      .map((one) => this.#addType(one))
    this.objectClasses = definitions
      .filter(({ kind }) => kind === 'objectclass')
      .map((one) => this.#addClass(one))
    for (const type of this.attributeTypes) {
      for (let up: AttributeType | null = type; up; up = up.sup) {
        const below = this.#subtypes.get(up)
        if (below) below.push(type)
        else this.#subtypes.set(up, [type])
      }
    }
  }

  type(nameOrOid: string): AttributeType | undefined {
    return this.#types.get(nameOrOid.toLowerCase())
  }

  class(nameOrOid: string): ObjectClass | undefined {
    return this.#classes.get(nameOrOid.toLowerCase())
  }

  rule(nameOrOid: string): MatchingRule | undefined {
    return this.#rules.get(nameOrOid.toLowerCase())
  }

  /** A type and everything that inherits from it, itself first. */
  subtypes(type: AttributeType): readonly AttributeType[] {
    return this.#subtypes.get(type) ?? [type]
  }

  /** Reads `cn`, `2.5.4.3` or `cn;lang-fr`. Only tagging options that start with `lang-` are known,
   *  and `binary` where the syntax travels in no other way. @returns null for what the schema does not know */
  description(text: string): Description | null {
    const kept = this.#descriptions.get(text)
    if (kept !== undefined) return kept
    const read = this.#readDescription(text)
    if (this.#descriptions.size >= descriptionsKept) this.#descriptions.clear()
    if (text.length < 200) this.#descriptions.set(text, read)
    return read
  }

  /** What an attribute description means that lies in bytes, spelt as answers spell it. */
  readonly spellings = new Spellings((text): Spelling => {
    const description = this.description(text)
    const key = description?.key ?? text.toLowerCase()
    return { text, key, optioned: key.includes(';'), description }
  })

  #readDescription(text: string): Description | null {
    const [name = '', ...rest] = text.split(';')
    const type = this.type(name)
    if (!type) return null
    if (rest.length === 0) return { type, options: [], key: type.key, text: type.name }
    const options = [...new Set(rest.map((option) => option.toLowerCase()))].sort()
    const certificate = type.syntax.oid.endsWith('.8') || type.syntax.oid.endsWith('.9')
    const sound = options.every((option) =>
      option === 'binary' ? certificate : /^lang-[a-z0-9-]*$/.test(option),
    )
    if (!sound) return null
    const tail = options.join(';')
    return { type, options, key: `${type.key};${tail}`, text: `${type.name};${tail}` }
  }

  /** The normal form of a name: two texts name the same entry exactly when these are equal.
   *  @returns null when it is no name, or has an attribute or value that the schema does not take */
  dn(text: string): string | null {
    return this.#leaf(text) ?? this.#known(text)
  }

  #known(text: string): string | null {
    const kept = this.#normalNames.get(text)
    if (kept !== undefined) return kept
    const parsed = parseDn(text)
    const normal = parsed && this.normalDn(parsed)
    if (this.#normalNames.size >= namesKept) this.#normalNames.clear()
    if (text.length < namesLength) this.#normalNames.set(text, normal)
    return normal
  }

  /** Of names side by side only the leaf differs, and most are plain: they take less time to read than to remember, and
   *  are as many as there are entries. @returns null where it takes more than that, or is no name */
  #leaf(text: string): string | null {
    const comma = text.indexOf(',')
    // What is longer might have more RDNs than a name may have.
    if (comma < 0 || comma === text.length - 1 || text.length >= namesLength) return null
    const rdn = plainRdn(text.slice(0, comma), (name) => this.type(name))
    const above = rdn === null ? null : this.#known(text.slice(comma + 1))
    return above === null ? null : `${rdn},${above}`
  }

  /** As `dn`, of a parsed name. */
  normalDn(dn: Dn): string | null {
    const rdns: string[] = []
    for (const rdn of dn) {
      const normal = this.normalRdn(rdn)
      if (normal === null) return null
      rdns.push(normal)
    }
    return rdns.join(',')
  }

  normalRdn(rdn: Rdn): string | null {
    const avas: string[] = []
    const types = new Set<AttributeType>()
    for (const { type: name, value } of rdn) {
      const type = this.type(name)
      if (!type || types.has(type) || !type.syntax.valid(value)) return null
      types.add(type)
      const key = this.key(type, value) ?? prepare(value.toString('latin1'), true)
      avas.push(`${type.key}=${key.replace(/[\\,+]/g, escaped)}`)
    }
    if (avas.length > 1) avas.sort()
    return avas.join('+')
  }

  /** The same name as answers bear it: attributes in canonical spelling, those of one RDN in order. */
  prettyDn(dn: Dn): string {
    return formatDn(
      dn.map((rdn) =>
        rdn
          .map(({ type, value }) => ({ type: this.type(type)?.name ?? type, value }))
          .sort((a, b) => (a.type.toLowerCase() < b.type.toLowerCase() ? -1 : 1)),
      ),
    )
  }

  oid(text: string): string {
    const word = text.toLowerCase()
    return this.#types.get(word)?.oid ?? this.#classes.get(word)?.oid ?? this.#rules.get(word)?.oid ?? word
  }

  /** The key of a value under its type's equality rule; null if there is no rule or the value does not fit. */
  key(type: AttributeType, value: Buffer): string | null {
    return type.equality ? type.equality.key(value, this, 'whole') : null
  }

  /** Whether a value may be asserted under a rule: it has the rule's syntax, whatever the type's is. */
  assertable({ syntax }: MatchingRule, value: Buffer): boolean {
    if (syntaxes.get(syntax)?.valid(value) !== true) return false
    return syntax !== nameSyntax || this.dn(value.toString('utf8')) !== null
  }

  /** Whether a rule makes sense of the values of a type (RFC 4517 §4.2): it is the type's own, or for its syntax. */
  usable(rule: MatchingRule, { equality, syntax }: AttributeType): boolean {
    if (equality === rule || syntax.oid === rule.syntax) return true
    return rule.syntax === stringSyntax && stringSyntaxes.has(syntax.oid)
  }

  /** Whether an ordering rule makes sense of the values of a type: as `usable`, and letters are letters. */
  sortable(rule: MatchingRule, type: AttributeType): boolean {
    const letters = [stringSyntax, ia5Syntax, numericSyntax]
    return this.usable(rule, type) || (rule.syntax === stringSyntax && letters.includes(type.syntax.oid))
  }

  /** Whether a value has the syntax of its type. Names must also be made of known attributes. */
  valid(type: AttributeType, value: Buffer): boolean {
    if (!type.syntax.valid(value)) return false
    if (type.syntax.oid === nameSyntax) return this.dn(value.toString('utf8')) !== null
    if (holdsClasses(type)) {
      return this.class(value.toString('utf8')) !== undefined
    }
    return true
  }

  /** A value as it is kept and shown: names and classes in the spelling of the schema. */
  pretty(type: AttributeType, value: Buffer): Buffer {
    if (holdsClasses(type)) {
      const found = this.class(value.toString('utf8'))
      return found ? Buffer.from(found.name) : value
    }
    if (type.syntax.oid === nameSyntax) return Buffer.from(this.#prettyName(value.toString('utf8')))
    if (type.syntax.oid !== nameAndUidSyntax) return value
    const [, name = '', uid = ''] = /^(.*?)((?:#'[01]*'B)?)$/s.exec(value.toString('utf8')) ?? []
    return Buffer.from(this.#prettyName(name) + uid)
  }

  #prettyName(text: string): string {
    const dn = parseDn(text)
    return dn ? this.prettyDn(dn) : text
  }

  #addType({ oid, names, words }: Definition): AttributeType {
    const name = names[0] ?? oid
    const supName = words.get('SUP')?.[0]
    const sup = supName === undefined ? null : this.type(supName)
    if (sup === undefined) throw new SchemaError(`schema: ${name}: its superior ${supName ?? ''} is unknown`)
    const [, syntaxOid, length] = /^([\d.]+)(?:\{(\d+)\})?$/.exec(words.get('SYNTAX')?.[0] ?? '') ?? []
    const syntax = syntaxOid === undefined ? sup?.syntax : syntaxes.get(syntaxOid)
    if (!syntax) throw new SchemaError(`schema: ${name}: its syntax ${syntaxOid ?? ''} is unknown`)
    const rule = (word: string, inherited: MatchingRule | null | undefined): MatchingRule | null => {
      const ruleName = words.get(word)?.[0]
      if (ruleName === undefined) return inherited ?? null
      const found = this.rule(ruleName)
      if (!found) throw new SchemaError(`schema: ${name}: matching rule ${ruleName} is unknown`)
      return found
    }
    const usage = (words.get('USAGE')?.[0] ?? sup?.usage ?? 'userApplications') as Usage
    const type: AttributeType = {
      oid,
      name,
      key: name.toLowerCase(),
      names,
      sup,
      equality: rule('EQUALITY', sup?.equality),
      ordering: rule('ORDERING', sup?.ordering),
      substrings: rule('SUBSTR', sup?.substrings),
      syntax,
      length: length === undefined ? null : Number(length),
      single: words.has('SINGLE-VALUE'),
      fixed: words.has('NO-USER-MODIFICATION'),
      usage,
      operational: usage !== 'userApplications',
      text: describe(oid, words),
    }
    this.#register(this.#types, type)
    return type
  }

  #addClass({ oid, names, words }: Definition): ObjectClass {
    const name = names[0] ?? oid
    const types = (word: string): AttributeType[] =>
      (words.get(word) ?? []).map((each) => {
        const type = this.type(each)
        if (!type) throw new SchemaError(`schema: ${name}: attribute ${each} is unknown`)
        return type
      })
    const sups = (words.get('SUP') ?? []).map((each) => {
      const sup = this.class(each)
      if (!sup) throw new SchemaError(`schema: ${name}: its superior ${each} is unknown`)
      return sup
    })
    const kind = words.has('ABSTRACT') ? 'ABSTRACT' : words.has('AUXILIARY') ? 'AUXILIARY' : 'STRUCTURAL'
    const text = describe(oid, words)
    const must = types('MUST')
    const added = {
      oid,
      name,
      key: name.toLowerCase(),
      names,
      sups,
      kind,
      must,
      may: types('MAY'),
      text,
    } as const
    this.#register(this.#classes, added)
    return added
  }

  #register<Kind extends { oid: string; names: readonly string[] }>(
    into: Map<string, Kind>,
    one: Kind,
  ): void {
    for (const name of [one.oid, ...one.names]) {
      const word = name.toLowerCase()
      if (into.has(word)) throw new SchemaError(`schema: ${name} is defined twice`)
      into.set(word, one)
    }
  }
}

/** Whether values of a type are names of classes, where one stands for those that it inherits from too
 *  (RFC 4512 §2.4). */
export function holdsClasses({ key }: AttributeType): boolean {
  return key === 'objectclass' || key === 'structuralobjectclass'
}

/** Inside normal names a separator never stands for itself, so that the end of a text tells a subtree. */
function escaped(letter: string): string {
  return `\\${letter.charCodeAt(0).toString(16)}`
}
