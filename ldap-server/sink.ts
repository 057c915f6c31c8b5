import type { Test } from '../ldap-protocol/filter-match.ts'
import type { Control, SearchRequest } from '../ldap-protocol/message.ts'
import type { PageState } from './page.ts'
import type { Selection } from './selection.ts'

/** A search request, understood. */
export interface Search {
  readonly request: SearchRequest
  /** Conditions and attributes: what trying one entry costs. */
  readonly terms: number
  /** The normal form of the base. */
  readonly base: string
  readonly filter: Test
  readonly selection: Selection
}

/** Where a search sends what it finds. */
export interface Sink {
  /** @param attributes each encoded */
  entry(dn: string, attributes: readonly Buffer[], controls?: readonly Control[]): void
  /** A Sync Info message (RFC 4533 §2.5). */
  intermediate(value: Buffer): void
  /** From now on this never ends by itself: `wake` is called when nobody waits any more, which a bind brings too. */
  persisting(wake: () => void): void
  /** False while the client does not take its answers. */
  room(): boolean
  /** Resolves when it takes them again, or is gone. */
  drained(): Promise<void>
  /** Nobody waits for the rest. */
  abandoned(): boolean
  /** What the connection remembers between pages. */
  page(): PageState | null
  keepPage(state: PageState | null): void
}
