import { writeAssertion, writeSelection } from '../../ldap-protocol/controls.ts'
import { formatDn, formatRdn, parseDn } from '../../ldap-protocol/dn-text.ts'
import type { Attribute, Control, Request } from '../../ldap-protocol/message.ts'
import { control } from '../../ldap-protocol/oids.ts'
import type { Attributes, Change, Entry } from '../../domain/entry.ts'
import type { Profile } from '../../domain/profile.ts'
import { createGate, type Gate } from '../../platform/gate.ts'
import { bindAs } from './bind-as.ts'
import type { Access } from './bound.ts'
import { Conversation } from './conversation.ts'
import { examine } from './examine.ts'
import { Following } from './following.ts'
import { isInSight } from './in-sight.ts'
import { refusal } from './refusal.ts'
import { supportedControls } from './root-dse.ts'
import { isSameName } from './same-name.ts'
import { SightingReader, wanted } from './sighting.ts'
import type { After, Found, Lane, Seen, Target } from './target.ts'

export interface LdapTargetOptions extends Access {
  readonly profile: Profile
  readonly mode: 'write' | 'observe'
  /** Operations under way on one connection; OpenLDAP closes beyond about 1,000. */
  readonly window: number
}

/** Entries that may bear one login in a tree before a search for it is refused. */
const mostNamesakes = 50

/** A directory behind LDAP (RFC 4511), on a wire of our own. */
export function createLdapTarget(options: LdapTargetOptions): Target {
  const { profile } = options
  const reader = new SightingReader(profile)
  const following = new Following(options, reader)
  const connections = { pass: new Connection(options), nudge: new Connection(options) }
  const lanes = {
    pass: laneOn(connections.pass, profile, reader),
    nudge: laneOn(connections.nudge, profile, reader),
  }
  return {
    name: profile.name,
    profile,
    mode: options.mode,
    lane: (name) => lanes[name],
    respell,
    examine: (trial) => examine(profile, options, trial),
    scan: (signal) => following.scan(signal),
    changesSince: (mark, signal) => following.changesSince(mark, signal),
    isInSight: () => isInSight(profile.name, options, profile.base),
    bind: (dn, password) => bindAs(profile.name, options, dn, password),
    async close() {
      await Promise.all(Object.values(connections).map((each) => each.close()))
    },
  }
}

function laneOn(connection: Connection, profile: Profile, reader: SightingReader): Lane {
  const attributes = [...wanted(profile), 'entryCSN']
  const postRead: Control = { oid: control.postRead, critical: false, value: writeSelection(attributes) }
  return {
    async read(number, stand) {
      const { entries } = await connection.run(({ conversation }) =>
        conversation.ask({
          kind: 'search',
          base: profile.base,
          // The whole tree, as a scan does: an entry of ours that somebody moved is found again, and not made twice.
          scope: 'subtree',
          deref: 0,
          sizeLimit: mostNamesakes,
          timeLimit: 0,
          typesOnly: false,
          filter: { kind: 'equal', type: 'uid', value: Buffer.from(number) },
          attributes,
        }),
      )
      return entries.map((message) => reader.read(message).found(stand))
    },
    apply: (change, verifier, seen, permit) =>
      connection.run(async ({ conversation, asserts }) => {
        const controls = [
          ...(asserts ? assertionOf(change, seen) : []),
          ...(change.kind === 'remove' ? [] : [postRead]),
        ]
        const request = requestOf(change, verifier)
        permit?.()
        const answer = await conversation.ask(request, controls)
        if (change.kind === 'remove') return { found: null, exact: true }
        const value = answer.controls.find(({ oid }) => oid === control.postRead)?.value
        return value && seen ? readBack(reader, value, change, request, seen) : undefined
      }),
  }
}

/** The change is for the entry that was seen, and for no later one (RFC 4528). */
function assertionOf(change: Change, seen: Seen | undefined): Control[] {
  const csn = seen?.found?.csn
  if (change.kind === 'add' || csn === undefined || csn === null) return []
  const filter = { kind: 'equal', type: 'entryCSN', value: Buffer.from(csn) } as const
  return [{ oid: control.assertion, critical: true, value: writeAssertion(filter) }]
}

/** The entry that a change has left, told with the answer (RFC 4527). An added one that is what was written, to the
 *  byte, is not decoded: tens of thousands are, when a directory is filled. */
function readBack(
  reader: SightingReader,
  value: Buffer,
  change: Change,
  request: Request,
  { stand }: Seen,
): After {
  const sent = request.kind === 'add' ? request : { dn: '', attributes: [] }
  const { sighting, exact } = reader.readBack(value, sent)
  if (change.kind !== 'add' || !exact) return { found: sighting.found(stand), exact: false }
  const { uuid, csn, digest } = sighting
  return { found: { dn: change.dn, attributes: change.attributes, uuid, csn, digest }, exact: true }
}

function requestOf(change: Change, verifier: string | null): Request {
  switch (change.kind) {
    case 'add':
      return { kind: 'add', dn: change.dn, attributes: attributesOf(change.attributes, verifier) }
    case 'modify':
      return {
        kind: 'modify',
        dn: change.dn,
        changes: attributesOf(change.replace, verifier).map((attribute) => ({
          operation: 'replace',
          attribute,
        })),
      }
    case 'rename':
      return renameOf(change.dn, change.to)
    case 'remove':
      return { kind: 'delete', dn: change.dn }
  }
}

function attributesOf(values: Attributes, verifier: string | null): Attribute[] {
  return Object.entries(values).map(([type, all]) => {
    const written = type === 'userPassword' && all.length > 0 && verifier !== null ? [verifier] : all
    return { type, values: written.map((value) => Buffer.from(value)) }
  })
}

/** Values of a former name go with it only where the new one has others of the same type. The rest may be somebody
 *  else's, or all that a class demands (an entry that was taken over under its `cn`); what is ours to remove is modified. */
function renameOf(dn: string, to: string): Request {
  const [rdn, ...above] = parseDn(to) ?? []
  if (rdn === undefined) throw new TypeError(`${to} is no name`)
  const types = new Set(rdn.map(({ type }) => type.toLowerCase()))
  const deleteOldRdn = (parseDn(dn)?.[0] ?? []).every(({ type }) => types.has(type.toLowerCase()))
  return { kind: 'rename', dn, newRdn: formatRdn(rdn), deleteOldRdn, newSuperior: formatDn(above) }
}

interface Bound {
  readonly conversation: Conversation
  /** Whether the server takes a change for one state of an entry alone (RFC 4528). */
  readonly asserts: boolean
}

/** One connection, opened and bound at first use and again after it ended. */
class Connection {
  readonly #options: LdapTargetOptions
  readonly #gate: Gate
  #opening: Promise<Bound> | null = null

  constructor(options: LdapTargetOptions) {
    this.#options = options
    this.#gate = createGate({ concurrency: options.window, waiting: Infinity })
  }

  run<T>(act: (bound: Bound) => Promise<T>): Promise<T> {
    return this.#gate.run(() => this.#run(act))
  }

  async #run<T>(act: (bound: Bound) => Promise<T>): Promise<T> {
    const opening = (this.#opening ??= this.#open())
    try {
      const bound = await opening
      if (!bound.conversation.isOver) return await act(bound)
    } catch (error) {
      const refused = refusal(this.#options.profile.name, error)
      if (refused.code === 'TARGET_UNAVAILABLE') await this.#drop(opening)
      throw refused
    }
    // Ended while nobody used it: another one, once for all who find it so.
    await this.#drop(opening)
    return this.#run(act)
  }

  async #open(): Promise<Bound> {
    const conversation = await Conversation.open(this.#options.profile.name, this.#options)
    try {
      return { conversation, asserts: (await supportedControls(conversation)).has(control.assertion) }
    } catch (error) {
      conversation[Symbol.dispose]()
      throw error
    }
  }

  async #drop(opening: Promise<Bound>): Promise<void> {
    if (this.#opening === opening) this.#opening = null
    const bound = await opening.catch(() => null)
    bound?.conversation[Symbol.dispose]()
  }

  async close(): Promise<void> {
    if (this.#opening !== null) await this.#drop(this.#opening)
  }
}

/** Ours takes the spelling of the directory when it is the same name. */
function respell(desired: Entry, { dn }: Found): Entry {
  return isSameName(desired.dn, dn) ? { ...desired, dn } : desired
}
