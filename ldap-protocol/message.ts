import type { Filter } from './filter.ts'

/** One attribute as it travels: a description (`cn`, `cn;lang-fr`) and its values. */
export interface Attribute {
  readonly type: string
  readonly values: readonly Buffer[]
}

export interface Control {
  readonly oid: string
  readonly critical: boolean
  readonly value: Buffer | null
}

export type Scope = 'base' | 'one' | 'subtree' | 'children'

export interface BindRequest {
  kind: 'bind'
  version: number
  name: string
  /** `unknown`: an authentication choice nobody knows. */
  auth:
    | { kind: 'simple'; password: Buffer }
    | { kind: 'sasl'; mechanism: string; credentials: Buffer | null }
    | { kind: 'unknown' }
}

export interface SearchRequest {
  kind: 'search'
  base: string
  /** `null`: a scope number that nobody knows. */
  scope: Scope | null
  /** 0 never, 1 in searching, 2 finding the base, 3 always. */
  deref: number
  /** 0: no limit asked. Below zero travels, and is refused. */
  sizeLimit: number
  /** Seconds; 0: no limit asked. */
  timeLimit: number
  typesOnly: boolean
  filter: Filter
  attributes: readonly string[]
}

export type ChangeKind = 'add' | 'delete' | 'replace' | 'increment'

export interface ModifyRequest {
  kind: 'modify'
  dn: string
  /** `null`: an operation number that nobody knows. */
  changes: readonly { operation: ChangeKind | null; attribute: Attribute }[]
}

export interface AddRequest {
  kind: 'add'
  dn: string
  attributes: readonly Attribute[]
}

export interface RenameRequest {
  kind: 'rename'
  dn: string
  newRdn: string
  deleteOldRdn: boolean
  newSuperior: string | null
}

export interface CompareRequest {
  kind: 'compare'
  dn: string
  type: string
  value: Buffer
}

export interface ExtendedRequest {
  kind: 'extended'
  oid: string
  value: Buffer | null
}

export type Request =
  | BindRequest
  | { kind: 'unbind' }
  | SearchRequest
  | ModifyRequest
  | AddRequest
  | { kind: 'delete'; dn: string }
  | RenameRequest
  | CompareRequest
  | { kind: 'abandon'; id: number }
  | ExtendedRequest

/** LDAPResult (RFC 4511 §4.1.9). */
export interface Result {
  readonly code: number
  readonly matchedDN: string
  readonly message: string
  readonly referrals?: readonly string[]
}

/** Which operation a final answer belongs to. */
export type ResultKind = 'bind' | 'search' | 'modify' | 'add' | 'delete' | 'rename' | 'compare'

export type Response =
  | { kind: 'result'; of: ResultKind; result: Result }
  | { kind: 'extended'; result: Result; oid: string | null; value: Buffer | null }
  | { kind: 'entry'; dn: string; attributes: readonly Attribute[] }
  | { kind: 'reference'; uris: readonly string[] }
  | { kind: 'intermediate'; oid: string | null; value: Buffer | null }

export interface Message<Operation> {
  id: number
  operation: Operation
  controls: readonly Control[]
}
