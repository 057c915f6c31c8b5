import { MalformedError } from '../ldap-protocol/ber-reader.ts'
import { readAssertion, readPage, readSelection, writeReadEntry } from '../ldap-protocol/controls.ts'
import { compileFilter } from '../ldap-protocol/filter-match.ts'
import type { Test } from '../ldap-protocol/filter-match.ts'
import type { Control, Request } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { readSort } from '../ldap-protocol/sort.ts'
import type { SortKey } from '../ldap-protocol/sort.ts'
import { readSyncRequest } from '../ldap-protocol/sync.ts'
import type { SyncRequest } from '../ldap-protocol/sync.ts'
import type { Schema } from '../ldap-protocol/schema.ts'
import { Refusal } from './refusal.ts'
import { readSelectors, select } from './selection.ts'
import type { Seen } from './view.ts'

/** In which order (RFC 2891). */
export interface SortAsked {
  readonly keys: readonly SortKey[]
  readonly critical: boolean
}

/** The controls of one request, understood. */
export interface Asked {
  readonly sync: SyncRequest | null
  readonly page: { size: number; cookie: Buffer; critical: boolean } | null
  readonly sort: SortAsked | null
  readonly assertion: Test | null
  readonly preRead: readonly string[] | null
  readonly postRead: readonly string[] | null
}

/** A request without controls. */
export const askedNothing: Asked = {
  sync: null,
  page: null,
  sort: null,
  assertion: null,
  preRead: null,
  postRead: null,
}

type Kind = Request['kind']

/** Which operations each control may come with. */
const fits: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  [control.pagedResults, ['search']],
  [control.sortRequest, ['search']],
  [control.syncRequest, ['search']],
  [control.assertion, ['search', 'compare', 'add', 'modify', 'delete', 'rename']],
  [control.preRead, ['modify', 'delete', 'rename']],
  [control.postRead, ['add', 'modify', 'rename']],
  [control.manageDsaIt, ['search', 'compare', 'add', 'modify', 'delete', 'rename']],
])

export const supportedControls: readonly string[] = [...fits.keys(), control.sortResponse]

/** Reads the controls of a request. Unknown ones and those of other operations are refused with 12 when
 *  critical and ignored otherwise; a wrong value or a control given twice is 2.
 *  @throws Refusal */
export function readAsked(kind: Kind, controls: readonly Control[], schema: Schema, nesting: number): Asked {
  if (controls.length === 0) return askedNothing
  const found = new Map<string, Control>()
  for (const one of controls) {
    if (!fits.get(one.oid)?.includes(kind)) {
      if (!one.critical && one.oid !== control.proxiedAuthorization) continue
      // To ignore whose rights are meant would be to use others (RFC 4370 §3).
      if (!one.critical) throw new Refusal('protocolError', 'proxied authorization must be critical')
      throw new Refusal('unavailableCriticalExtension', 'critical extension is not recognized')
    }
    if (found.has(one.oid)) throw new Refusal('protocolError', 'a control is given twice')
    found.set(one.oid, one)
  }
  const value = (oid: string): Buffer | null => {
    const one = found.get(oid)
    if (one && !one.value) throw new Refusal('protocolError', 'a control needs a value')
    return one?.value ?? null
  }
  try {
    const page = value(control.pagedResults)
    const sort = value(control.sortRequest)
    const assertion = value(control.assertion)
    const preRead = value(control.preRead)
    const postRead = value(control.postRead)
    const sync = value(control.syncRequest)
    // What follows the changes has no order but theirs.
    if (sync && sort) throw new Refusal('unwillingToPerform', 'sync does not go with sorting')
    // Together they would answer with a part as if it were the whole.
    if (sync && page) throw new Refusal('unwillingToPerform', 'sync does not go with pages')
    return {
      sync: sync && readSyncRequest(sync),
      page: page && readPageAsked(page, found.get(control.pagedResults)?.critical ?? false),
      sort: sort && { keys: readSort(sort), critical: found.get(control.sortRequest)?.critical ?? false },
      assertion: assertion && compileFilter(readAssertion(assertion, nesting), schema),
      preRead: preRead && readSelection(preRead),
      postRead: postRead && readSelection(postRead),
    }
  } catch (error) {
    if (error instanceof MalformedError) throw new Refusal('protocolError', 'a control value cannot be read')
    throw error
  }
}

function readPageAsked(
  value: Buffer,
  critical: boolean,
): { size: number; cookie: Buffer; critical: boolean } {
  const { size, cookie } = readPage(value)
  if (size < 0) throw new Refusal('protocolError', 'paged results control size invalid')
  return { size, cookie, critical }
}

/** @throws Refusal 122 when the assertion is not true of the entry */
export function assert(asked: Asked, seen: Seen): void {
  if (asked.assertion && asked.assertion(seen) !== true) throw new Refusal('assertionFailed')
}

/** The answer to a pre-read or post-read control. */
export function readBack(
  oid: string,
  names: readonly string[] | null,
  seen: Seen,
  schema: Schema,
): Control[] {
  if (!names || !seen.view.may('read', 'entry')) return []
  const attributes = select(seen, readSelectors(names, schema), false)
  return [{ oid, critical: false, value: writeReadEntry(seen.dn, attributes) }]
}
