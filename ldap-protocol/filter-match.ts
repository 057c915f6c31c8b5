import type { Filter } from './filter.ts'
import type { MatchingRule } from './matching-rules.ts'
import { holdsClasses } from './schema.ts'
import type { AttributeType, Description, Schema } from './schema.ts'

/** True, false or undefined (null): the three values of RFC 4511 §4.5.1.7. */
export type Verdict = boolean | null

/** What a filter is tried on. */
export interface Subject {
  /** How many values lie under one key (`cn`, `cn;lang-fr`). */
  count(key: string): number
  /** What those values are under a rule; values that the rule cannot take are left out. Worked out once. */
  keysUnder(key: string, rule: MatchingRule): readonly string[]
  /** The keys with options that have values. */
  optioned(): readonly string[]
  /** Whether the asker may search by this attribute; if not, what depends on it is undefined. */
  may(type: AttributeType): boolean
  /** The attributes and values of the entry's own name, for `:dn:` matches. */
  nameValues(): readonly { readonly type: string; readonly value: Buffer }[]
}

export type Test = (subject: Subject) => Verdict

const never: Test = () => null

/** Prepares a filter once, to be tried on many entries. Types, rules and values unknown to the schema make
 *  their part undefined (RFC 4511 §4.5.1.7), never an error. */
export function compileFilter(filter: Filter, schema: Schema): Test {
  switch (filter.kind) {
    case 'and':
      return all(
        filter.of.map((one) => compileFilter(one, schema)),
        false,
      )
    case 'or':
      return all(
        filter.of.map((one) => compileFilter(one, schema)),
        true,
      )
    case 'not': {
      const inner = compileFilter(filter.of, schema)
      return (subject) => {
        const verdict = inner(subject)
        return verdict === null ? null : !verdict
      }
    }
    case 'present': {
      const description = schema.description(filter.type)
      return description ? onKeys(description, schema, (subject, key) => subject.count(key) > 0) : never
    }
    case 'equal':
    case 'approx':
      return equal(filter.type, filter.value, schema)
    case 'greater':
    case 'less':
      return ordered(filter.type, filter.value, filter.kind === 'greater', schema)
    case 'substrings':
      return substrings(filter, schema)
    case 'extensible':
      return extensible(filter, schema)
    case 'undefined':
      return never
  }
}

/** Conjunction, or disjunction when `stop` is true; an empty one is its neutral value (RFC 4526). */
function all(tests: readonly Test[], stop: boolean): Test {
  return (subject) => {
    let verdict: Verdict = !stop
    for (const test of tests) {
      const one = test(subject)
      if (one === stop) return stop
      if (one === null) verdict = null
    }
    return verdict
  }
}

/** Tries `match` on every attribute that the description covers: subtypes, and those with more options. */
function onKeys(
  description: Description,
  schema: Schema,
  match: (subject: Subject, key: string) => boolean,
): Test {
  const { options } = description
  const types = schema.subtypes(description.type)
  return (subject) => {
    let hidden = false
    if (options.length === 0) {
      for (const type of types) {
        if (!subject.may(type)) hidden = true
        else if (match(subject, type.key)) return true
      }
    }
    for (const key of subject.optioned()) {
      const cut = key.indexOf(';')
      const named = key.slice(0, cut)
      const type = types.find((one) => one.key === named)
      if (!type) continue
      const held = key.slice(cut + 1).split(';')
      if (!options.every((option) => held.includes(option))) continue
      if (!subject.may(type)) hidden = true
      else if (match(subject, key)) return true
    }
    return hidden || !subject.may(description.type) ? null : false
  }
}

function equal(name: string, value: Buffer, schema: Schema): Test {
  const description = schema.description(name)
  const rule = description?.type.equality
  if (!description || !rule || !schema.assertable(rule, value)) return never
  return byKey(description, rule, value, schema)
}

function byKey(description: Description, rule: MatchingRule, value: Buffer, schema: Schema): Test {
  const wanted = rule.key(value, schema, 'whole')
  if (wanted === null) return never
  if (holdsClasses(description.type)) return byClass(description, rule, value, schema)
  return onKeys(description, schema, (subject, key) => subject.keysUnder(key, rule).includes(wanted))
}

/** An entry is of a class when it names it or one that inherits from it. */
function byClass(description: Description, rule: MatchingRule, value: Buffer, schema: Schema): Test {
  const wanted = schema.class(value.toString('utf8').trim())
  if (!wanted) return never
  const covers = new Set<string>()
  for (const one of schema.objectClasses) {
    const line = [one]
    for (const each of line) line.push(...each.sups)
    if (line.includes(wanted)) covers.add(one.oid)
  }
  return onKeys(description, schema, (subject, key) =>
    subject.keysUnder(key, rule).some((oid) => covers.has(oid)),
  )
}

function ordered(name: string, value: Buffer, greater: boolean, schema: Schema): Test {
  const description = schema.description(name)
  const rule = description?.type.ordering
  const order = rule?.order
  if (!description || !rule || !order || !schema.assertable(rule, value)) return never
  const bound = rule.key(value, schema, 'whole')
  if (bound === null) return never
  const beyond = (key: string): boolean => (greater ? order(key, bound) >= 0 : order(key, bound) <= 0)
  return onKeys(description, schema, (subject, key) => subject.keysUnder(key, rule).some(beyond))
}

function substrings(filter: Filter & { kind: 'substrings' }, schema: Schema): Test {
  const description = schema.description(filter.type)
  const rule = description?.type.substrings
  const equality = description?.type.equality
  if (!description || !rule || !equality) return never
  // Each piece must be what a value could be: `(telephoneNumber=é*)` is undefined.
  const given = [filter.initial, ...filter.any, filter.final].filter((piece) => piece !== null)
  if (!given.every((piece) => schema.assertable(equality, piece))) return never
  const initial = filter.initial && rule.key(filter.initial, schema, 'initial')
  const final = filter.final && rule.key(filter.final, schema, 'final')
  const any = filter.any.map((piece) => rule.key(piece, schema, 'any'))
  if ((filter.initial && initial === null) || (filter.final && final === null) || any.includes(null))
    return never
  const pieces = any.filter((piece) => piece !== null)
  const holds = (text: string): boolean => {
    if (initial !== null && !text.startsWith(initial)) return false
    let at = initial?.length ?? 0
    for (const piece of pieces) {
      const found = text.indexOf(piece, at)
      if (found < 0) return false
      at = found + piece.length
    }
    return final === null || (text.endsWith(final) && text.length - final.length >= at)
  }
  return onKeys(description, schema, (subject, key) => subject.keysUnder(key, rule).some(holds))
}

function extensible(filter: Filter & { kind: 'extensible' }, schema: Schema): Test {
  const description = filter.type === null ? null : schema.description(filter.type)
  if (filter.type !== null && !description) return never
  const rule = filter.rule === null ? description?.type.equality : schema.rule(filter.rule)
  if (!rule || rule.kind !== 'equality' || !schema.assertable(rule, filter.value)) return never
  if (description && !schema.usable(rule, description.type)) return never
  const wanted = rule.key(filter.value, schema, 'whole')
  if (wanted === null) return never
  const types = description
    ? [description]
    : schema.attributeTypes
        .filter((type) => schema.usable(rule, type) && !(type.sup && schema.usable(rule, type.sup)))
        .map(({ name }) => schema.description(name))
        .filter((one) => one !== null)
  const match = (subject: Subject, key: string): boolean => subject.keysUnder(key, rule).includes(wanted)
  const tests = types.map((one) =>
    holdsClasses(one.type) ? byClass(one, rule, filter.value, schema) : onKeys(one, schema, match),
  )
  const onName = filter.dnAttributes ? nameTest(description, rule, wanted, schema) : null
  return all(onName ? [...tests, onName] : tests, true)
}

function nameTest(description: Description | null, rule: MatchingRule, wanted: string, schema: Schema): Test {
  const types = description ? new Set(schema.subtypes(description.type)) : null
  return (subject) =>
    subject.nameValues().some(({ type: name, value }) => {
      const type = schema.type(name)
      if (!type || !subject.may(type) || !(types ? types.has(type) : schema.usable(rule, type))) return false
      return rule.key(value, schema, 'whole') === wanted
    })
}
