import { Attribute, Change as LdapChange, type Client, EqualityFilter, type Entry as LdapEntry } from 'ldapts'
import type { Change, Entry } from '../../domain/entry.ts'
import type { Profile } from '../../domain/profile.ts'
import type { IdentityError } from '../../platform/error.ts'
import { encodeResponse } from '../../ldap-protocol/response.ts'
import { openBound, type Access } from './bound.ts'
import { Conversation } from './conversation.ts'
import { refusal, unavailable } from './refusal.ts'
import { SightingReader, wanted } from './sighting.ts'
import type { Found, Lane, Sighting, Target } from './target.ts'

export interface LdapTargetOptions extends Access {
  readonly profile: Profile
  readonly mode: 'write' | 'observe'
}

const pageSize = 1_000
/** Entries that may bear one login in a tree before a search for it is refused. */
const mostNamesakes = 50

/** A directory behind LDAP (RFC 4511), by ldapts. */
export function createLdapTarget(options: LdapTargetOptions): Target {
  const { profile } = options
  const reader = new SightingReader(profile)
  const connections = new Map<string, Connection>()
  const connection = (name: string): Connection => {
    const known = connections.get(name) ?? new Connection(options)
    connections.set(name, known)
    return known
  }
  const lane = (name: string): Lane => ({
    async read(number, stand) {
      const filter = new EqualityFilter({ attribute: 'uid', value: number })
      const entries = await connection(name).run(async (client) => {
        const { searchEntries } = await client.search(profile.base, {
          // The whole tree, as a scan does: an entry of ours that somebody moved is found again, and not made twice.
          scope: 'sub',
          filter,
          attributes: wanted(profile),
          sizeLimit: mostNamesakes,
        })
        return searchEntries
      })
      return entries.map((entry) => seen(reader, entry).found(stand))
    },
    apply: (change, verifier) => connection(name).run((client) => apply(client, change, verifier)),
  })
  const lanes = { pass: lane('pass'), nudge: lane('nudge') }

  return {
    name: profile.name,
    profile,
    mode: options.mode,
    lane: (name) => lanes[name],
    respell,
    async *scan(signal) {
      using conversation = await Conversation.open(profile.name, options)
      const { base, filter } = profile
      const pages = conversation.read({ base, filter, attributes: wanted(profile), pageSize })
      for await (const page of pages) {
        signal?.throwIfAborted()
        yield page.map((message) => reader.read(message))
      }
    },
    async close() {
      await Promise.all([...connections.values()].map((each) => each.close()))
    },
  }
}

/** One connection, opened and bound at first use and again after it broke. */
class Connection {
  readonly #options: LdapTargetOptions
  #opening: Promise<Client> | null = null

  constructor(options: LdapTargetOptions) {
    this.#options = options
  }

  async run<T>(act: (client: Client) => Promise<T>): Promise<T> {
    const { profile } = this.#options
    let opening = (this.#opening ??= openBound(profile.name, this.#options))
    try {
      let client = await opening
      // A connection that the server closed while idle is opened and bound anew, not used without a name.
      if (!client.isBound) {
        await this.#drop(opening)
        opening = this.#opening ??= openBound(profile.name, this.#options)
        client = await opening
      }
      if (!client.isBound) throw closed(profile.name)
      return await act(client)
    } catch (error) {
      const refused = refusal(profile.name, error)
      if (refused.code === 'TARGET_UNAVAILABLE') await this.#drop(opening)
      throw refused
    }
  }

  async #drop(opening: Promise<Client>): Promise<void> {
    if (this.#opening === opening) this.#opening = null
    const client = await opening.catch(() => null)
    await client?.unbind().catch(() => undefined)
  }

  async close(): Promise<void> {
    if (this.#opening !== null) await this.#drop(this.#opening)
  }
}

function closed(target: string): IdentityError {
  return unavailable(target, 'the connection was closed')
}

async function apply(client: Client, change: Change, verifier: string | null): Promise<void> {
  const written = (name: string, values: readonly string[]): string[] =>
    name === 'userPassword' && values.length > 0 && verifier !== null ? [verifier] : [...values]
  if (change.kind === 'add') {
    const attributes = Object.entries(change.attributes).map(
      ([name, values]) => new Attribute({ type: name, values: written(name, values) }),
    )
    await client.add(change.dn, attributes)
  } else if (change.kind === 'modify') {
    const replacements = Object.entries(change.replace).map(
      ([name, values]) =>
        new LdapChange({
          operation: 'replace',
          modification: new Attribute({ type: name, values: written(name, values) }),
        }),
    )
    await client.modify(change.dn, replacements)
  } else if (change.kind === 'rename') {
    await client.modifyDN(change.dn, change.to)
  } else {
    await client.del(change.dn)
  }
}

/** An entry as ldapts has read it, read as a scan would. */
function seen(reader: SightingReader, { dn, ...values }: LdapEntry): Sighting {
  const attributes = Object.entries(values).map(([type, value]) => ({
    type,
    values: (Array.isArray(value) ? value : [value]).map((each) => Buffer.from(each)),
  }))
  return reader.read(encodeResponse({ id: 0, operation: { kind: 'entry', dn, attributes }, controls: [] }))
}

/** Names of entries are compared without case and without spaces around their separators; ours takes the spelling of
 *  the directory when it is the same name. */
function respell(desired: Entry, { dn }: Found): Entry {
  return spelling(desired.dn) === spelling(dn) ? { ...desired, dn } : desired
}

function spelling(dn: string): string {
  return dn.toLowerCase().replace(/\s*([,=+])\s*/g, '$1')
}
