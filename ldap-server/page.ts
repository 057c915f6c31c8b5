import { writePage } from '../ldap-protocol/controls.ts'
import type { Control } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { Refusal } from './refusal.ts'
import type { Asked } from './request-controls.ts'
import type { Held } from './shelf.ts'

/** What a connection remembers between two pages: which search, and the last entry sent. Entries have
 *  growing numbers, so that changes between pages neither repeat nor skip what was there all along. */
export interface PageState {
  readonly cookie: Buffer
  readonly search: string
  readonly after: number
  /** What a sorted search found; `after` counts what was sent of it. It must be let go when it is not needed any more. */
  readonly held: Held | null
}

/** One page of a paged search (RFC 2696 §3). */
export interface Page {
  readonly size: number
  /** Entries up to this number were sent before; so many, of a sorted list. */
  readonly after: number
  /** The sorted list that it goes on in. */
  readonly held: Held | null
}

/** Begins or continues a paged search.
 *  @param search what identifies the search: a cookie does not fit another one
 *  @throws Refusal 2 for a cookie that this connection was not given */
export function openPage(
  asked: NonNullable<Asked['page']>,
  state: PageState | null,
  search: string,
  largest: number,
): Page {
  const size = Math.min(asked.size, largest)
  if (asked.cookie.length === 0) return { size, after: -1, held: null }
  if (!state?.cookie.equals(asked.cookie) || state.search !== search) {
    throw new Refusal('protocolError', 'paged results cookie is invalid')
  }
  return { size, after: state.after, held: state.held }
}

/** The state after a page whose last entry was `after`. @param held the list that `after` counts in, if it is sorted */
export function stopPage(search: string, after: number, held: Held | null): PageState {
  const cookie = Buffer.alloc(8)
  cookie.writeBigUInt64BE(BigInt(after + 1))
  return { cookie, search, after, held }
}

/** The answer's control: where to go on, or that nothing follows. */
export function pageControl(state: PageState | null): Control {
  return {
    oid: control.pagedResults,
    critical: false,
    value: writePage(0, state?.cookie ?? Buffer.alloc(0)),
  }
}
