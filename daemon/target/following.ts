import { parseFilter } from '../../ldap-protocol/filter-text.ts'
import type { Filter } from '../../ldap-protocol/filter.ts'
import type { Control, Request } from '../../ldap-protocol/message.ts'
import { control } from '../../ldap-protocol/oids.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
import { readSyncDone, readSyncInfo, readSyncState, writeSyncRequest } from '../../ldap-protocol/sync.ts'
import type { Profile } from '../../domain/profile.ts'
import { IdentityError } from '../../platform/error.ts'
import type { Access } from './bound.ts'
import { Conversation, tagOf } from './conversation.ts'
import { supportedControls } from './root-dse.ts'
import { wanted, type SightingReader } from './sighting.ts'
import type { Changes, Sighting } from './target.ts'

const pageSize = 1_000
/** Answers to a reading of changes after which the mark is worth nothing: too much (3, 4, 11), no such control (12), a
 *  cookie that is not taken (53, 4096: refresh required). */
const scanAgain = new Set([3, 4, 11, 12, 53, 4096])

/** Reads a directory whole, and after that what has changed in it: by content synchronisation (RFC 4533, refreshOnly)
 *  where the server offers it, which names what is gone; else by entryCSN, which does not. Sync and pages are never asked
 *  for together: OpenLDAP answers a part of it with success. */
export class Following {
  readonly #options: Access & { readonly profile: Profile }
  readonly #reader: SightingReader
  /** Whether the server gives all of it in one piece. */
  #syncs = true

  constructor(options: Access & { readonly profile: Profile }, reader: SightingReader) {
    this.#options = options
    this.#reader = reader
  }

  async *scan(signal?: AbortSignal): AsyncGenerator<readonly Sighting[], string | null> {
    using conversation = await Conversation.open(this.#options.profile.name, this.#options)
    if (this.#syncs && (await supportedControls(conversation)).has(control.syncRequest)) {
      const { entries, mark } = yield* this.#scanInSync(conversation, signal)
      let hidden = 0
      for await (const sightings of this.#newerThan(conversation, mark, signal)) {
        hidden += sightings.length
        yield sightings
      }
      if (entries + hidden > 0) return mark
    }
    return yield* this.#scanByPages(conversation, signal)
  }

  async *#scanInSync(
    conversation: Conversation,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Sighting[], { entries: number; mark: string | null }> {
    let entries = 0
    const stream = conversation.stream(this.#search(null), [syncRequest(null)])
    try {
      for (;;) {
        const next = await stream.next()
        if (next.done === true) return { entries, mark: markOf(doneOf(next.value).cookie) }
        signal?.throwIfAborted()
        const sightings = next.value.filter(isEntry).map((message) => this.#reader.read(message))
        entries += sightings.length
        yield sightings
      }
    } catch (error) {
      // It does not give us so much at once: the next scan goes by pages.
      if (scanAgain.has(resultCodeOf(error))) this.#syncs = false
      throw error
    }
  }

  /** OpenLDAP leaves out what is newer than its contextCSN, with success: all that slapadd has added without -w, until
   *  somebody writes. An ordinary search finds it; as a rule there is nothing. */
  async *#newerThan(
    conversation: Conversation,
    mark: string | null,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly Sighting[]> {
    const csn = contextOf(mark)
    if (csn === null) return
    const { base } = this.#options.profile
    const filter = `(&${this.#options.profile.filter}(entryCSN>=${csn}))`
    for await (const page of conversation.read({ base, filter, attributes: this.#attributes(), pageSize })) {
      signal?.throwIfAborted()
      const sightings = page.map((message) => this.#reader.read(message))
      yield sightings.filter((each) => each.csn !== null && each.csn > csn)
    }
  }

  async *#scanByPages(
    conversation: Conversation,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Sighting[], string | null> {
    const { base, filter } = this.#options.profile
    const attributes = this.#attributes()
    let newest = ''
    for await (const page of conversation.read({ base, filter, attributes, pageSize })) {
      signal?.throwIfAborted()
      const sightings = page.map((message) => this.#reader.read(message))
      newest = newestOf(sightings, newest)
      yield sightings
    }
    return newest === '' ? null : `${byTime}${newest}`
  }

  async changesSince(mark: string, signal?: AbortSignal): Promise<Changes | null> {
    signal?.throwIfAborted()
    using conversation = await Conversation.open(this.#options.profile.name, this.#options)
    try {
      const changes = await this.#changes(conversation, mark)
      if (changes === null || changes.sightings.length + changes.gone.length > 0) return changes
      // Nothing has changed, or nothing is shown to us any more: access rules that hide everybody say so by nothing.
      return (await this.#seesAnybody(conversation)) ? changes : null
    } catch (error) {
      if (scanAgain.has(resultCodeOf(error))) return null
      throw error
    }
  }

  async #changes(conversation: Conversation, mark: string): Promise<Changes | null> {
    if (mark.startsWith(byTime)) return this.#changesByTime(conversation, mark.slice(byTime.length))
    if (!(await supportedControls(conversation)).has(control.syncRequest)) return null
    return this.#changesInSync(conversation, Buffer.from(mark.slice(inSync.length), 'base64'))
  }

  async #seesAnybody(conversation: Conversation): Promise<boolean> {
    try {
      return (await conversation.ask(this.#search(null, 1))).entries.length > 0
    } catch (error) {
      // There is more than the one that was asked for.
      if (resultCodeOf(error) === 4) return true
      throw error
    }
  }

  async #changesByTime(conversation: Conversation, csn: string): Promise<Changes> {
    const since: Filter = { kind: 'greater', type: 'entryCSN', value: Buffer.from(csn) }
    const { entries } = await conversation.ask(this.#search(since))
    const sightings = entries.map((message) => this.#reader.read(message))
    return { sightings, gone: [], mark: `${byTime}${newestOf(sightings, csn)}` }
  }

  /** Null when the server does not name what is gone, but what is there: a cookie that it does not reach back to brings
   *  everything, and says so by nothing else. */
  async #changesInSync(conversation: Conversation, cookie: Buffer): Promise<Changes | null> {
    const { entries, controls } = await conversation.ask(this.#search(null), [syncRequest(cookie)])
    const done = doneOf(controls)
    const mark = markOf(done.cookie ?? cookie)
    const sightings: Sighting[] = []
    const gone: string[] = []
    for (const message of entries) {
      if (!isEntry(message)) {
        const { operation } = decodeResponse(message)
        const told =
          operation.kind === 'intermediate' && operation.value ? readSyncInfo(operation.value) : null
        if (told?.kind === 'refreshPresent' || (told?.kind === 'idSet' && !told.refreshDeletes)) return null
        if (told?.kind === 'idSet') gone.push(...told.uuids)
        continue
      }
      const value = decodeResponse(message).controls.find(({ oid }) => oid === control.syncState)?.value
      const state = value ? readSyncState(value) : null
      if (state === null || state.state === 'present') return null
      if (state.state === 'delete') gone.push(state.uuid)
      else sightings.push(this.#reader.read(message))
    }
    if (mark === null || (!done.refreshDeletes && entries.length > 0)) return null
    for await (const hidden of this.#newerThan(conversation, mark)) sightings.push(...hidden)
    return { sightings, gone, mark }
  }

  #attributes(): string[] {
    return [...wanted(this.#options.profile), 'entryCSN']
  }

  #search(also: Filter | null, sizeLimit = 0): Request {
    const filter = parseFilter(this.#options.profile.filter)
    return {
      kind: 'search',
      base: this.#options.profile.base,
      scope: 'subtree',
      deref: 0,
      sizeLimit,
      timeLimit: 0,
      typesOnly: false,
      filter: also === null ? filter : { kind: 'and', of: [filter, also] },
      attributes: also === null ? wanted(this.#options.profile) : this.#attributes(),
    }
  }
}

const inSync = 'sync:'
const byTime = 'csn:'
const entryTag = 0x64

function syncRequest(cookie: Buffer | null): Control {
  const value = writeSyncRequest({ mode: 'refreshOnly', cookie, reloadHint: false })
  return { oid: control.syncRequest, critical: true, value }
}

function doneOf(controls: readonly Control[]): { cookie: Buffer | null; refreshDeletes: boolean } {
  const value = controls.find(({ oid }) => oid === control.syncDone)?.value
  return value ? readSyncDone(value) : { cookie: null, refreshDeletes: false }
}

function markOf(cookie: Buffer | null): string | null {
  return cookie === null || cookie.length === 0 ? null : `${inSync}${cookie.toString('base64')}`
}

/** The newest CSN of a cookie of OpenLDAP (`rid=000,csn=…;…`), up to which it shows entries; null where a cookie says none.
 *  Where several servers are written, what one of them hides below the CSN of another is not found until it is written. */
function contextOf(mark: string | null): string | null {
  if (mark?.startsWith(inSync) !== true) return null
  const [, all] = /(?:^|,)csn=([^,]+)/.exec(Buffer.from(mark.slice(inSync.length), 'base64').toString()) ?? []
  const csns = (all ?? '').split(';').filter((csn) => /^\d{14}\.\d{6}Z(#[0-9a-f]+){3}$/.test(csn))
  return csns.sort().at(-1) ?? null
}

/** CSNs have one form, and are ordered as texts. */
function newestOf(sightings: readonly Sighting[], before: string): string {
  return sightings.reduce((newest, { csn }) => (csn !== null && csn > newest ? csn : newest), before)
}

function isEntry(frame: Buffer): boolean {
  return tagOf(frame) === entryTag
}

function resultCodeOf(error: unknown): number {
  return error instanceof IdentityError ? Number(error.details['resultCode']) : Number.NaN
}
