import type { MatchingRule } from './matching-rules.ts'
import type { Syntax } from './syntaxes.ts'

export type Usage = 'userApplications' | 'directoryOperation' | 'distributedOperation' | 'dSAOperation'

/** An attribute type with everything inherited filled in (RFC 4512 §4.1.2). */
export interface AttributeType {
  readonly oid: string
  /** The first name as written; what entries and answers bear. */
  readonly name: string
  /** The first name in lower case. */
  readonly key: string
  readonly names: readonly string[]
  readonly sup: AttributeType | null
  readonly equality: MatchingRule | null
  readonly ordering: MatchingRule | null
  readonly substrings: MatchingRule | null
  readonly syntax: Syntax
  readonly length: number | null
  readonly single: boolean
  readonly fixed: boolean
  readonly usage: Usage
  readonly operational: boolean
  readonly text: string
}

/** An object class (RFC 4512 §4.1.1); `must` and `may` without what is inherited. */
export interface ObjectClass {
  readonly oid: string
  readonly name: string
  readonly key: string
  readonly names: readonly string[]
  readonly sups: readonly ObjectClass[]
  readonly kind: 'ABSTRACT' | 'STRUCTURAL' | 'AUXILIARY'
  readonly must: readonly AttributeType[]
  readonly may: readonly AttributeType[]
  readonly text: string
}

/** How an attribute is written where it is kept, and what the schema makes of that. */
export interface Spelling {
  readonly text: string
  /** What it is kept under: the key of its description, or its lower case where the schema knows none. */
  readonly key: string
  /** Whether options follow the type. */
  readonly optioned: boolean
  readonly description: Description | null
}

/** An attribute description: a type and its options, in one spelling. */
export interface Description {
  readonly type: AttributeType
  /** Lower case, sorted. */
  readonly options: readonly string[]
  /** `cn;lang-fr`, lower case: what attributes are kept under. */
  readonly key: string
  /** `cn;lang-fr` as answers spell it. */
  readonly text: string
}
