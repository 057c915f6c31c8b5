import { Buffer } from 'node:buffer'
import type { Dn } from '../ldap-protocol/dn-text.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import type { AttributeType, Description, ObjectClass, Schema } from '../ldap-protocol/schema.ts'
import { lineage } from './indexes.ts'
import { Refusal } from './refusal.ts'

/** An entry being written: attributes under their keys. */
export type Draft = Map<string, Attribute>

/** Reads what a client calls an attribute. @throws Refusal 17 */
export function known(schema: Schema, name: string): Description {
  const description = schema.description(name)
  if (!description) throw new Refusal('undefinedAttributeType', `${shown(name)}: attribute type undefined`)
  return description
}

/** A name from a client, fit for a message. */
function shown(name: string): string {
  return /^[\w.;-]{1,64}$/.test(name) ? name : 'attribute'
}

/** Checks values against their syntax. @throws Refusal 21 */
export function checkSyntax(schema: Schema, { type, text }: Description, values: readonly Buffer[]): void {
  values.forEach((value, at) => {
    if (!schema.valid(type, value)) {
      throw new Refusal('invalidAttributeSyntax', `${text}: value #${at} invalid per syntax`)
    }
  })
}

/** Checks values that are to be kept against their syntax and against each other. @throws Refusal 21, 19, 20 */
export function checkValues(schema: Schema, description: Description, values: readonly Buffer[]): void {
  checkSyntax(schema, description, values)
  if (values.length < 2) return
  const { type, text } = description
  if (type.single) throw new Refusal('constraintViolation', `${text}: multiple values provided`)
  const seen = new Set<string>()
  values.forEach((value, at) => {
    const key = identity(schema, type, value)
    if (seen.has(key))
      throw new Refusal('attributeOrValueExists', `${text}: value #${at} provided more than once`)
    seen.add(key)
  })
}

/** What makes a value the same as another: its key, or its bytes where the type has no equality. */
export function identity(schema: Schema, type: AttributeType, value: Buffer): string {
  return schema.key(type, value) ?? value.toString('latin1')
}

/** The structural class of what `draft` says it is (RFC 4512 §2.4.2).
 *  @throws Refusal 65 without one, or with two that do not inherit from each other */
export function structuralClass(schema: Schema, draft: Draft): ObjectClass {
  const classes = classesOf(schema, draft)
  const structural = classes.filter(({ kind }) => kind === 'STRUCTURAL')
  let leaf = structural[0]
  if (!leaf) throw new Refusal('objectClassViolation', 'no structural object class provided')
  for (const one of structural) {
    if (lineage(one).includes(leaf)) leaf = one
    else if (!lineage(leaf).includes(one)) {
      const pair = `${leaf.name}/${one.name}`
      throw new Refusal('objectClassViolation', `invalid structural object class chain (${pair})`)
    }
  }
  return leaf
}

function classesOf(schema: Schema, draft: Draft): ObjectClass[] {
  const values = draft.get('objectclass')?.values ?? []
  if (values.length === 0) throw new Refusal('objectClassViolation', 'no objectClass attribute')
  return values.map((value) => schema.class(value.toString('utf8'))).filter((one) => one !== undefined)
}

/** Whether the whole entry obeys its classes, and is named by values that it has; where `add`, missing ones are added,
 *  as slapd does. @throws Refusal 19, 64, 65 */
export function checkEntry(schema: Schema, draft: Draft, dn: Dn, add: boolean): void {
  for (const { type: text, values } of draft.values()) {
    const { type } = known(schema, text)
    if (type.single && values.length > 1) {
      throw new Refusal('constraintViolation', `attribute '${text}' cannot have multiple values`)
    }
  }
  const leaf = structuralClass(schema, draft)
  checkNaming(schema, draft, dn, add)
  const types = new Map<AttributeType, string>()
  for (const { type: text } of draft.values()) types.set(known(schema, text).type, text)
  const given = classesOf(schema, draft)
  const inherited = new Set(given.flatMap(lineage))
  const supported = new Set(given.filter(({ kind }) => kind !== 'ABSTRACT').flatMap(lineage))
  for (const one of given) {
    if (one.kind === 'ABSTRACT' && !supported.has(one)) {
      const text = `instanstiation of abstract objectClass '${one.name}' not allowed`
      throw new Refusal('objectClassViolation', text)
    }
  }
  const allowed = new Set<AttributeType>()
  for (const one of inherited) {
    for (const type of one.must) {
      allowed.add(type)
      if (!types.has(type)) {
        throw new Refusal(
          'objectClassViolation',
          `object class '${one.name}' requires attribute '${type.name}'`,
        )
      }
    }
    for (const type of one.may) allowed.add(type)
  }
  const free = [...inherited].some(({ key }) => key === 'extensibleobject')
  for (const [type, text] of types) {
    if (type.operational || allowed.has(type) || type.key === 'objectclass' || free) continue
    throw new Refusal('objectClassViolation', `attribute '${text}' not allowed`)
  }
  draft.set('structuralobjectclass', { type: 'structuralObjectClass', values: [Buffer.from(leaf.name)] })
}

/** @throws Refusal 64 */
function checkNaming(schema: Schema, draft: Draft, dn: Dn, add: boolean): void {
  for (const { type: name, value } of dn[0] ?? []) {
    const { type, key, text } = known(schema, name)
    if (type.operational || type.fixed)
      throw new Refusal('namingViolation', `naming attribute '${text}' is operational`)
    const held = draft.get(key)
    if (!held && !add)
      throw new Refusal('namingViolation', `naming attribute '${text}' is not present in entry`)
    const wanted = identity(schema, type, value)
    if (held?.values.some((each) => identity(schema, type, each) === wanted)) continue
    if (!add)
      throw new Refusal('namingViolation', `value of naming attribute '${text}' is not present in entry`)
    if (held && type.single) {
      const why = `value of single-valued naming attribute '${text}' conflicts with value present in entry`
      throw new Refusal('namingViolation', why)
    }
    draft.set(key, { type: text, values: [...(held?.values ?? []), value] })
  }
}
