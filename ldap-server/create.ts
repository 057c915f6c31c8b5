import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { parseDn } from '../ldap-protocol/dn-text.ts'
import { parseLdif } from '../ldap-protocol/ldif.ts'
import { Schema } from '../ldap-protocol/schema.ts'
import { Access } from './access.ts'
import { add } from './add.ts'
import { Changes } from './changes.ts'
import { house, remember } from './context.ts'
import type { Context } from './context.ts'
import { decodeAttributes, verifiersIn } from './entry.ts'
import type { PlainEntry } from './entry.ts'
import { Gate } from './gate.ts'
import { Sequence } from './operational.ts'
import { defaultIndexes, defaultLimits } from './options.ts'
import type { DirectoryOptions } from './options.ts'
import { askedNothing } from './request-controls.ts'
import { restore } from './restore.ts'
import { makeRootDse, makeSubschema } from './root-dse.ts'
import { Session } from './session.ts'
import { Shelf } from './shelf.ts'
import { Store } from './store.ts'
import { Throttle } from './throttle.ts'
import { Tls } from './tls.ts'
import type { TlsOptions } from './tls.ts'
import { Tree } from './tree.ts'

export type { Clock, DirectoryOptions, Limits } from './options.ts'
export type { AccessRule } from './access.ts'
export type { PlainEntry } from './entry.ts'
export type { TlsOptions } from './tls.ts'

/** A directory that speaks LDAPv3. */
export interface Directory {
  /** Loads what is kept. @throws StoreError */
  open(): Promise<void>
  /** Starts accepting connections; port 0 takes a free one. Rejects with the error of the socket, as
   *  EADDRINUSE. May be called again for another address.
   *  @param at `secure`: TLS from the first byte (LDAPS) */
  listen(at: { host: string; port: number; secure?: boolean }): Promise<{ port: number }>
  /** Shows another certificate to who comes next. @throws Error when it is none, and the old one stays */
  reloadTls(options: TlsOptions): void
  /** Every entry, parents first, as it is now: what a backup holds. */
  entries(): Iterable<PlainEntry>
  /** How many entries there are. */
  size(): number
  /** Adds the entries whose names are not there yet, in the order given, bound by the schema but by no
   *  access rule. Durable when it resolves. Operational attributes are kept as given, but for the entryCSN.
   *  @param entries LDIF text, or entries, as many as there are
   *  @returns how many were added. @throws LdifError, Refusal */
  seed(entries: string | Iterable<PlainEntry> | AsyncIterable<PlainEntry>): Promise<number>
  /** Stops accepting, ends sessions with a notice, waits for the store. Within two seconds. */
  close(): Promise<void>
}

/** Entries of a seed that share one sync. */
const seedBatch = 500

/** Makes a directory; `open` it, then `listen`. @throws SchemaError, Error for wrong rules or indexes */
export function create(options: DirectoryOptions): Directory {
  const context = makeContext(options)
  const { tree, store, schema, limits } = context
  const witness = { log: options.log ?? (() => undefined), count: options.count ?? (() => undefined) }
  const servers = new Set<Server>()
  const sessions = new Map<Socket, Session>()
  const perAddress = new Map<string, number>()

  const accept = (socket: Socket, secure: boolean): void => {
    const address = socket.remoteAddress ?? ''
    const there = perAddress.get(address) ?? 0
    // Errors of a socket that is turned away are nobody's concern.
    socket.on('error', () => undefined)
    if (sessions.size >= limits.connections || there >= limits.connectionsPerAddress) {
      witness.count('refused', 51)
      socket.destroy()
      return
    }
    perAddress.set(address, there + 1)
    sessions.set(socket, new Session(context, socket, witness, secure))
    socket.once('close', () => {
      sessions.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
  }

  return {
    async open() {
      await store.open(
        (change) => restore(context, change),
        function* () {
          for (const { entry } of tree.nodes()) yield { dn: entry.dn, attributes: entry.bytes }
        },
      )
      store.resume(context.changes.latest, context.changes.moved)
      for (const { entry } of tree.nodes()) {
        const verifiers = verifiersIn(entry)
        if (verifiers.length > 0) remember(context, verifiers)
      }
      witness.log('info', 'directory.opened', { entries: tree.size })
    },

    listen({ host, port, secure = false }) {
      if (secure && !context.tls) throw new Error('directory: LDAPS needs a certificate')
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => accept(socket, secure))
      return new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          server.on('error', (error) =>
            witness.log('error', 'directory.listen.failed', { reason: error.name }),
          )
          servers.add(server)
          resolve({ port: (server.address() as AddressInfo).port })
        })
      })
    },

    reloadTls(given) {
      context.tls?.reload(given)
    },

    *entries() {
      for (const { entry } of tree.nodes()) {
        yield { dn: entry.dn, attributes: [...decodeAttributes(entry.bytes).values()] }
      }
    },

    size: () => tree.size,

    async seed(entries) {
      let added = 0
      let waiting: Promise<unknown>[] = []
      try {
        for await (const { dn, attributes } of typeof entries === 'string' ? fromLdif(entries) : entries) {
          const normal = schema.dn(dn)
          if (normal !== null && tree.find(normal)) continue
          const adding = add(context, house, { kind: 'add', dn, attributes }, askedNothing)
          // It is looked at below; until then its failure is nobody's.
          adding.catch(() => undefined)
          waiting.push(adding)
          added++
          if (waiting.length < seedBatch) continue
          await Promise.all(waiting)
          waiting = []
        }
        await Promise.all(waiting)
      } finally {
        // Also after a wrong entry nobody must be left waiting unheard.
        await Promise.allSettled(waiting)
      }
      return added
    },

    async close() {
      const closed = [...servers].map((server) => new Promise((resolve) => server.close(resolve)))
      servers.clear()
      for (const session of sessions.values()) session.end('unavailable', 'the server is closing')
      await Promise.all(closed)
      await store.close()
    },
  }
}

function* fromLdif(text: string): Generator<PlainEntry> {
  for (const record of parseLdif(text)) if (record.kind === 'entry') yield record
}

function readAccounts(
  schema: Schema,
  list: readonly { dn: string; verifier: string }[],
): Context['accounts'] {
  return new Map(
    list.map(({ dn, verifier }) => {
      const normal = schema.dn(dn)
      if (normal === null || normal === '') throw new Error(`directory: ${dn} is no name of an account`)
      return [normal, { dn: schema.prettyDn(parseDn(dn) ?? []), verifiers: [Buffer.from(verifier)] }]
    }),
  )
}

function readCertificates(
  schema: Schema,
  list: readonly { subject: string; dn: string }[],
): Map<string, string> {
  return new Map(
    list.map(({ subject, dn }): [string, string] => {
      const [from, to] = [schema.dn(subject), schema.dn(dn)]
      if (from === null || to === null) throw new Error(`directory: ${subject}: the certificate names nobody`)
      return [from, to]
    }),
  )
}

function makeContext(options: DirectoryOptions): Context {
  const { suffix, clock } = options
  const schema = new Schema(options.schema)
  const suffixNormal = schema.dn(suffix)
  if (suffixNormal === null || suffixNormal === '') throw new Error(`directory: ${suffix} is not a suffix`)
  const limits = { ...defaultLimits, ...options.limits }
  let id = 0
  return {
    suffix,
    suffixNormal,
    schema,
    tree: new Tree(schema, options.indexes ?? defaultIndexes),
    store: new Store(options.folder, limits.logBytes, options.log ?? (() => undefined)),
    access: new Access(options.access, schema),
    rulesDigest: createHash('sha256').update(JSON.stringify(options.access)).digest('hex'),
    changes: new Changes(limits.sessionLog),
    sequence: new Sequence(clock),
    clock,
    limits,
    throttle: new Throttle(limits, clock),
    shelf: new Shelf(limits.sortsHeld),
    tls: options.tls ? new Tls(options.tls, limits.messageMs) : null,
    requireTls: options.requireTls ?? false,
    certificates: readCertificates(schema, options.certificates ?? []),
    accounts: readAccounts(schema, options.accounts ?? []),
    passwords: options.passwords ?? null,
    verifications: new Gate(limits.verifications, limits.verificationsWaiting),
    verify: options.verify,
    verifyAtOnce: options.verifyAtOnce ?? (() => null),
    uuid: options.uuid,
    nextId: () => ++id,
    decoy: { values: [Buffer.from('{NONE}')] },
    rootDse: makeRootDse(options),
    subschema: makeSubschema(schema),
  }
}
