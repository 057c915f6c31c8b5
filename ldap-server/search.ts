import { filterSize } from '../ldap-protocol/filter.ts'
import { compileFilter } from '../ldap-protocol/filter-match.ts'
import type { Test } from '../ldap-protocol/filter-match.ts'
import type { Attribute, Control, SearchRequest } from '../ldap-protocol/message.ts'
import { absent, concealed, named, subschemaNormal, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { within } from './entry.ts'
import type { Entry, Node } from './entry.ts'
import { openPage, pageControl, stopPage } from './page.ts'
import type { PageState } from './page.ts'
import { Refusal } from './refusal.ts'
import { assert } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { readSelectors, select } from './selection.ts'
import type { Selection } from './selection.ts'
import { Seen, builtIn } from './view.ts'

/** Where a search sends what it finds. */
export interface Sink {
  entry(dn: string, attributes: readonly Attribute[]): void
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

/** Milliseconds a search may hold the thread before others get their turn. */
const turnMs = 5
/** Terms tried between two looks at the clock: 32 entries with a filter of one. */
const strideTerms = 64

interface Search {
  readonly request: SearchRequest
  /** Entries looked at between two looks at the clock. */
  readonly stride: number
  readonly base: string
  readonly filter: Test
  readonly selection: Selection
  readonly asked: Asked
}

/** Searches (RFC 4511 §4.5), by pages where asked (RFC 2696). What is found is what was there when the search
 *  began.
 *  @returns the controls of the final answer, or null when abandoned
 *  @throws Refusal */
export async function search(
  context: Context,
  asker: Asker,
  request: SearchRequest,
  asked: Asked,
  sink: Sink,
): Promise<Control[] | null> {
  checkRequest(request)
  const { normal } = named(context, request.base)
  const terms = filterSize(request.filter) + request.attributes.length
  if (terms > context.limits.searchTerms) throw new Refusal('adminLimitExceeded', 'too many terms')
  const filter = compileFilter(request.filter, context.schema)
  const selection = readSelectors(request.attributes, context.schema)
  const stride = Math.max(1, Math.floor(strideTerms / terms))
  const plan: Search = { request, stride, base: normal, filter, selection, asked }
  if (normal === '' || normal === subschemaNormal) return searchBuiltIn(context, asker, plan, sink)
  const base = context.tree.find(normal)
  if (!base) throw absent(context, asker, normal)
  const view = viewOf(context, asker, normal)
  if (!view.may('search', 'entry')) throw concealed(context, asker, base)
  assert(asked, Seen.of(base.entry, base.children.size > 0, view, context.schema))
  return sendFound(context, asker, plan, gather(context, plan, base), sink)
}

function checkRequest({ scope, deref, sizeLimit, timeLimit }: SearchRequest): void {
  if (scope === null) throw new Refusal('protocolError', 'invalid scope')
  if (deref < 0 || deref > 3) throw new Refusal('protocolError', 'invalid deref')
  if (sizeLimit < 0) throw new Refusal('protocolError', 'invalid size limit')
  if (timeLimit < 0) throw new Refusal('protocolError', 'invalid time limit')
}

/** The root DSE and the subschema entry; nothing lies below them. */
function searchBuiltIn(context: Context, asker: Asker, plan: Search, sink: Sink): Control[] {
  const { request, base, filter, selection } = plan
  const view = viewOf(context, asker, base)
  if (request.scope !== 'base' || !view.may('search', 'entry')) throw new Refusal('noSuchObject')
  const seen = builtIn(context, base, view)
  if (filter(seen) === true && view.may('read', 'entry')) {
    sink.entry(seen.dn, select(seen, selection, request.typesOnly, context.schema))
  }
  return []
}

interface Found {
  readonly entry: Entry
  readonly node: Node
}

async function sendFound(
  context: Context,
  asker: Asker,
  { request, stride, base, filter, selection, asked }: Search,
  found: Found[],
  sink: Sink,
): Promise<Control[] | null> {
  const { clock, limits, schema } = context
  const identity = `${request.scope} ${base}`
  const page = asked.page && openPage(asked.page, sink.page(), identity, limits.pageEntries)
  if (page) found.sort((a, b) => a.entry.id - b.entry.id)
  if (page?.size === 0) {
    sink.keepPage(null)
    return [pageControl(null)]
  }
  const largest = Math.min(request.sizeLimit || Infinity, limits.searchEntries || Infinity)
  const deadline = clock.monotonic() + 1000 * Math.min(request.timeLimit || Infinity, limits.searchSeconds)
  let turn = clock.monotonic()
  let sent = 0
  let examined = 0
  let last = -1
  for (const { entry, node } of found) {
    if (page && entry.id <= page.after) continue
    if (!sink.room() || examined % stride === 0) {
      const full = !sink.room()
      if (full) await sink.drained()
      const late = clock.monotonic() - turn > turnMs
      if (late && !full) await new Promise((resolve) => setImmediate(resolve))
      if (late) turn = clock.monotonic()
      if (sink.abandoned()) return null
      if (turn > deadline) throw new Refusal('timeLimitExceeded')
    }
    if (++examined > limits.searchExamined) throw new Refusal('adminLimitExceeded')
    const view = viewOf(context, asker, entry.normal)
    const seen = Seen.of(entry, node.children.size > 0, view, context.schema)
    if (filter(seen) !== true || !view.may('read', 'entry')) continue
    if (sent >= largest) throw new Refusal('sizeLimitExceeded')
    if (page && sent >= page.size) {
      const state = stopPage(identity, last)
      sink.keepPage(state)
      return [pageControl(state)]
    }
    sink.entry(entry.dn, select(seen, selection, request.typesOnly, schema))
    last = entry.id
    sent++
  }
  if (!page) return []
  sink.keepPage(null)
  return [pageControl(null)]
}

/** Every entry in scope that may match. */
function gather(context: Context, { request, base: normal }: Search, base: Node): Found[] {
  const { scope } = request
  if (scope === 'base') return [{ entry: base.entry, node: base }]
  const candidates = context.tree.indexes.candidates(request.filter)
  const found: Found[] = []
  const take = (node: Node): void => {
    found.push({ entry: node.entry, node })
  }
  if (scope === 'one') {
    if (!candidates || candidates.size >= base.children.size) for (const node of base.children) take(node)
    else for (const node of candidates) if (node.parent === base) take(node)
    return found
  }
  if (candidates) {
    for (const node of candidates) {
      if (within(node.entry.normal, normal) && (scope === 'subtree' || node !== base)) take(node)
    }
    return found
  }
  if (scope === 'subtree') take(base)
  for (const node of context.tree.below(base)) take(node)
  return found
}
