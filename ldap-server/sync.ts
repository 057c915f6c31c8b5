import { createHash } from 'node:crypto'
import type { Control } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { writeSyncDone, writeSyncInfo, writeSyncState } from '../ldap-protocol/sync.ts'
import type { SyncInfo, SyncRequest, SyncState } from '../ldap-protocol/sync.ts'
import { Follower } from './changes.ts'
import type { Told, Touched } from './changes.ts'
import { everything } from './access.ts'
import { viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { valuesOf } from './entry.ts'
import type { Entry, Found, Node } from './entry.ts'
import { uuidOf } from './keep.ts'
import { Pace } from './pace.ts'
import { Refusal } from './refusal.ts'
import { gather, inScope, largestOf } from './scope.ts'
import type { Search, Sink } from './sink.ts'
import { select } from './selection.ts'
import { Seen } from './view.ts'

/** Identifiers in one message. */
const uuidsInASet = 1_000

/** A search that keeps a copy true (RFC 4533): first what changed since the cookie, then, if asked, every change as
 *  it happens.
 *
 *  With a cookie that the session log reaches back to, what is gone is named (the delete phase). With an older one,
 *  what is unchanged is named and what is not mentioned is gone (the present phase). With none, one of another search,
 *  or one that nobody can read, everything is sent. A cookie from the future is refused with 53, as slapd does.
 *
 *  Subordinates of a renamed entry count as changed: their names did.
 *  @returns the controls of the final answer, or null when abandoned
 *  @throws Refusal */
export async function sync(
  context: Context,
  asker: Asker,
  search: Search,
  wanted: SyncRequest,
  base: Node,
  sink: Sink,
): Promise<Control[] | null> {
  if (search.request.deref > 1) throw new Refusal('protocolError', 'sync does not go with dereferencing')
  const { changes, limits } = context
  const of = contentOf(context, asker, search)
  const since = readCookie(wanted.cookie, of)
  if (since !== null && since > changes.latest) {
    throw new Refusal('unwillingToPerform', 'the cookie is from the future')
  }
  // From here to the end of `begin` nothing may be awaited, or a change could slip between.
  const follower = wanted.mode === 'refreshAndPersist' ? new Follower(limits.syncBacklog) : null
  using _following = follower && changes.follow(follower)
  const cookie = writeCookie(changes.latest, of)
  const talk = new Talk(context, asker, search, sink)
  const changed = since === null ? null : changes.since(since)
  if (changed) {
    const held = [...changed].map((uuid) => ({ uuid, found: find(context, uuid) }))
    if (!(await talk.refreshChanged(held))) return null
  } else {
    const known = since !== null && since >= changes.moved ? since : null
    if (!(await talk.refreshAll(gather(context, search.request, base), known))) return null
  }
  if (!follower) {
    return [{ oid: control.syncDone, critical: false, value: writeSyncDone(cookie, changed !== null) }]
  }
  talk.info({ kind: changed ? 'refreshDelete' : 'refreshPresent', cookie, refreshDone: true })
  await persist(talk, follower, of, sink)
  return null
}

/** Sends changes as they happen, until nobody waits. @throws Refusal 4096 when the client cannot keep up */
async function persist(talk: Talk, follower: Follower, of: string, sink: Sink): Promise<void> {
  sink.persisting(() => follower.wake())
  while (!sink.abandoned()) {
    const told = await follower.next()
    let unsaid = ''
    for (const one of told) {
      if (!sink.room()) await sink.drained()
      if (sink.abandoned()) return
      unsaid = talk.tell(one, writeCookie(one.csn, of)) ? '' : one.csn
    }
    if (follower.overrun) throw new Refusal('syncRefreshRequired', 'too many changes wait')
    if (unsaid !== '' && !sink.abandoned()) talk.info({ kind: 'newCookie', cookie: writeCookie(unsaid, of) })
  }
}

interface Held {
  readonly uuid: string
  readonly found: Found | null
}

function find({ tree }: Context, uuid: string): Found | null {
  const [node] = tree.withUuid(uuid)
  return node ? { entry: node.entry, node } : null
}

/** What one consumer is told. */
class Talk {
  readonly #context: Context
  readonly #asker: Asker
  readonly #search: Search
  readonly #sink: Sink
  #refreshed = 0

  constructor(context: Context, asker: Asker, search: Search, sink: Sink) {
    this.#context = context
    this.#asker = asker
    this.#search = search
    this.#sink = sink
  }

  #pace(): Pace {
    const { terms, request } = this.#search
    return new Pace(this.#context, this.#sink, terms, request.timeLimit)
  }

  /** What changed: first the identifiers of what is gone, or out of sight, then what is there.
   *  @returns false when abandoned */
  async refreshChanged(held: readonly Held[]): Promise<boolean> {
    const pace = this.#pace()
    const gone: string[] = []
    const there: [string, Seen][] = []
    for (const { uuid, found } of held) {
      if (pace.step() && !(await pace.rest())) return false
      const seen = found && this.#seen(found.entry, found.node.children.size > 0)
      if (seen) there.push([uuid, seen])
      else gone.push(uuid)
    }
    this.#idSets(gone, true)
    for (const [uuid, seen] of there) {
      if (pace.step() && !(await pace.rest())) return false
      this.#count()
      this.#entry(seen, 'add', uuid, null)
    }
    return true
  }

  /** Everything there is; of what has not changed since `known` the identifier alone. @returns false when abandoned */
  async refreshAll(all: readonly Found[], known: string | null): Promise<boolean> {
    const pace = this.#pace()
    let present: string[] = []
    for (const { entry, node } of all) {
      if (pace.step() && !(await pace.rest())) return false
      const seen = this.#seen(entry, node.children.size > 0)
      if (!seen) continue
      const uuid = uuidOf(entry)
      this.#count()
      if (known === null || csnOf(entry) > known) {
        this.#entry(seen, 'add', uuid, null)
        continue
      }
      present.push(uuid)
      if (present.length < uuidsInASet) continue
      this.#idSets(present, false)
      present = []
    }
    this.#idSets(present, false)
    return true
  }

  /** One change. @returns whether the consumer was told anything */
  tell({ touched }: Told, cookie: Buffer): boolean {
    const news = touched.map((one) => this.#news(one)).filter((one) => one !== null)
    news.forEach(({ seen, state, uuid }, at) => {
      this.#entry(seen, state, uuid, at === news.length - 1 ? cookie : null)
    })
    return news.length > 0
  }

  info(info: SyncInfo): void {
    this.#sink.intermediate(writeSyncInfo(info))
  }

  #news({ uuid, before, after }: Touched): { seen: Seen; state: SyncState; uuid: string } | null {
    const was = before && this.#seen(before, false)
    const is = after && this.#seen(after, this.#hasSubordinates(after))
    if (is) return { seen: is, state: was ? 'modify' : 'add', uuid }
    return was ? { seen: was, state: 'delete', uuid } : null
  }

  #hasSubordinates({ normal }: Entry): boolean {
    return (this.#context.tree.find(normal)?.children.size ?? 0) > 0
  }

  /** The entry as the consumer sees it; null where it is not in the content. */
  #seen(entry: Entry, hasSubordinates: boolean): Seen | null {
    const { request, base, filter } = this.#search
    if (!inScope(request.scope, base, entry.normal)) return null
    const view = this.#asker.root ? everything : viewOf(this.#context, this.#asker, entry.normal)
    const seen = Seen.of(entry, hasSubordinates, view, this.#context.schema)
    return filter(seen) === true && view.may('read', 'entry') ? seen : null
  }

  #entry(seen: Seen, state: SyncState, uuid: string, cookie: Buffer | null): void {
    const { request, selection } = this.#search
    const attributes = state === 'delete' ? [] : select(seen, selection, request.typesOnly)
    const value = writeSyncState(state, uuid, cookie)
    this.#sink.entry(seen.dn, attributes, [{ oid: control.syncState, critical: false, value }])
  }

  /** Counts an entry of the refresh. @throws Refusal 4 */
  #count(): void {
    if (++this.#refreshed > largestOf(this.#search.request, this.#context.limits)) {
      throw new Refusal('sizeLimitExceeded')
    }
  }

  #idSets(uuids: readonly string[], refreshDeletes: boolean): void {
    for (let at = 0; at < uuids.length; at += uuidsInASet) {
      this.info({ kind: 'idSet', cookie: null, refreshDeletes, uuids: uuids.slice(at, at + uuidsInASet) })
    }
  }
}

function csnOf(entry: Entry): string {
  return valuesOf(entry.bytes, 'entrycsn')[0]?.toString('latin1') ?? ''
}

/** What a cookie speaks of: the search, who asks, and the rules that say what they see. */
function contentOf({ rulesDigest }: Context, asker: Asker, { request, base }: Search): string {
  const { scope, filter, attributes, typesOnly } = request
  const parts = [rulesDigest, asker.root, asker.normal, base, scope, filter, attributes, typesOnly]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

function writeCookie(csn: string, of: string): Buffer {
  return Buffer.from(`csn=${csn},of=${of}`)
}

/** The CSN of a cookie; null for one of another search, or that is none of ours. */
function readCookie(cookie: Buffer | null, of: string): string | null {
  const [, csn, content] =
    /^csn=(\d{14}\.\d{6}Z#000000#000#000000),of=([0-9a-f]{16})$/.exec(cookie?.toString('latin1') ?? '') ?? []
  return csn !== undefined && content === of ? csn : null
}
