import { filterSize } from '../ldap-protocol/filter.ts'
import { compileFilter } from '../ldap-protocol/filter-match.ts'
import type { Control, SearchRequest } from '../ldap-protocol/message.ts'
import { arrange, arrangeOne, byId } from './arrange.ts'
import type { Arranged } from './arrange.ts'
import { absent, concealed, normalOf, subschemaNormal, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { openPage, pageControl, stopPage } from './page.ts'
import type { Page } from './page.ts'
import type { Found } from './entry.ts'
import { Pace } from './pace.ts'
import { Refusal } from './refusal.ts'
import { assert } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { gather, largestOf } from './scope.ts'
import { readSelectors, select } from './selection.ts'
import type { Search, Sink } from './sink.ts'
import { sync } from './sync.ts'
import { Seen, builtIn } from './view.ts'

/** The controls of the final answer, or null when abandoned. */
type Ended = readonly Control[] | null

/** Searches (RFC 4511 §4.5), by pages where asked (RFC 2696). What is found is what was there when the search
 *  began. What is done before it is time to rest is done at once, without a promise.
 *  @param normal what `checkSearch` returned
 *  @throws Refusal */
export function search(
  context: Context,
  asker: Asker,
  request: SearchRequest,
  normal: string,
  asked: Asked,
  sink: Sink,
): Ended | Promise<Ended> {
  const terms = filterSize(request.filter) + request.attributes.length + (asked.sort?.keys.length ?? 0)
  if (terms > context.limits.searchTerms) throw new Refusal('adminLimitExceeded', 'too many terms')
  const filter = compileFilter(request.filter, context.schema)
  const selection = readSelectors(request.attributes, context.schema)
  const plan: Search = { request, terms, base: normal, filter, selection }
  if (normal === '' || normal === subschemaNormal) {
    if (asked.sync) throw new Refusal('unwillingToPerform', 'sync is for entries of the directory')
    return searchBuiltIn(context, asker, plan, asked, sink)
  }
  const base = context.tree.find(normal)
  if (!base) throw absent(context, asker, normal)
  const view = viewOf(context, asker, normal)
  if (!view.may('search', 'entry')) throw concealed(context, asker, base)
  assert(asked, Seen.of(base.entry, base.children.size > 0, view, context.schema))
  if (asked.sync) return sync(context, asker, plan, asked.sync, base, sink)
  return sendFound(context, asker, plan, asked, gather(context, request, base), sink)
}

/** What is wrong whatever controls come with it. @returns the normal form of the base. @throws Refusal 2, 34 */
export function checkSearch(
  context: Context,
  { base, scope, deref, sizeLimit, timeLimit }: SearchRequest,
): string {
  if (scope === null) throw new Refusal('protocolError', 'invalid scope')
  if (deref < 0 || deref > 3) throw new Refusal('protocolError', 'invalid deref')
  if (sizeLimit < 0) throw new Refusal('protocolError', 'invalid size limit')
  if (timeLimit < 0) throw new Refusal('protocolError', 'invalid time limit')
  return normalOf(context, base)
}

/** The root DSE and the subschema entry; nothing lies below them. */
function searchBuiltIn(context: Context, asker: Asker, plan: Search, asked: Asked, sink: Sink): Control[] {
  const { request, base, filter, selection } = plan
  const view = viewOf(context, asker, base)
  if (request.scope !== 'base' || !view.may('search', 'entry')) throw new Refusal('noSuchObject')
  const seen = builtIn(context, base, view)
  assert(asked, seen)
  const controls = asked.sort ? [arrangeOne(context, asked.sort)] : []
  if (filter(seen) === true && view.may('read', 'entry')) {
    sink.entry(seen.dn, select(seen, selection, request.typesOnly))
  }
  return controls
}

function sendFound(
  context: Context,
  asker: Asker,
  plan: Search,
  asked: Asked,
  found: Found[],
  sink: Sink,
): Ended | Promise<Ended> {
  const { request, terms, base } = plan
  const { sort } = asked
  const identity = asked.page ? JSON.stringify([request.scope, base, sort?.keys]) : ''
  const page = asked.page && openPage(asked.page, sink.page(), identity, context.limits.pageEntries)
  if (page?.size === 0) {
    sink.keepPage(null)
    return [pageControl(null)]
  }
  const pace = new Pace(context, sink, terms, request.timeLimit)
  const send = (arranged: Arranged): Ended | Promise<Ended> =>
    paced(sending(context, asker, plan, { identity, page }, arranged, pace, sink), pace)
  if (!sort) {
    if (page) found.sort(byId)
    return send({ found, sorted: false, controls: [] })
  }
  return arrange(context, asker, plan, { sort, page }, found, pace).then(
    (arranged) => arranged && send(arranged),
  )
}

/** Sends what was found; yields where it is time to rest. */
function* sending(
  context: Context,
  asker: Asker,
  { request, filter, selection }: Search,
  { identity, page }: { identity: string; page: Page | null },
  { found, sorted, controls }: Arranged,
  pace: Pace,
  sink: Sink,
): Generator<undefined, Control[]> {
  const { limits, schema, shelf } = context
  const largest = largestOf(request, limits)
  let sent = 0
  // Where it stops: after so many of a sorted list, and otherwise after the entry of this number.
  let last = sorted ? 0 : -1
  for (const [at, { entry, node }] of found.entries()) {
    if (page && (sorted ? at < page.after : entry.id <= page.after)) continue
    if (pace.step()) yield
    const view = viewOf(context, asker, entry.normal)
    const seen = Seen.of(entry, node.children.size > 0, view, schema)
    if (filter(seen) !== true || !view.may('read', 'entry')) continue
    if (sent >= largest) throw new Refusal('sizeLimitExceeded')
    if (page && sent >= page.size) {
      const held = sorted ? (page.held ?? shelf.keep(found)) : null
      const state = stopPage(identity, last, held)
      sink.keepPage(state)
      return [...controls, pageControl(state)]
    }
    sink.entry(entry.dn, select(seen, selection, request.typesOnly))
    last = sorted ? at + 1 : entry.id
    sent++
  }
  if (!page) return [...controls]
  sink.keepPage(null)
  return [...controls, pageControl(null)]
}

function paced(work: Generator<undefined, Control[]>, pace: Pace): Ended | Promise<Ended> {
  const first = work.next()
  return first.done ? first.value : resting(work, pace)
}

async function resting(work: Generator<undefined, Control[]>, pace: Pace): Promise<Ended> {
  for (;;) {
    if (!(await pace.rest())) return null
    const next = work.next()
    if (next.done) return next.value
  }
}
