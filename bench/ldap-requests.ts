import { parseFilter } from '../ldap-protocol/filter-text.ts'
import type { Request } from '../ldap-protocol/message.ts'
import { encodeRequest } from '../ldap-protocol/request.ts'
import { entryOf, nameOf, passwordOf, people, service } from './ldap-people.ts'

/** What a client of `bench/ldap.ts` is told to ask. */
export interface Load {
  readonly port: number
  readonly kind: 'bind' | 'equality' | 'substring' | 'add' | 'modify'
  readonly connections: number
  readonly seconds: number
  /** Before what is measured begins. */
  readonly warm_seconds: number
  readonly entries: number
  /** Tells the entries of one run from those of another. */
  readonly run: number
}

/** One request as it travels, and what its answer must be. */
export interface Asked {
  readonly bytes: Buffer
  readonly id: number
  /** The name of the entry that a search must find; null: none. */
  readonly found: Buffer | null
}

/** Tags of the answers that end each. */
export const tags = { bind: 0x61, equality: 0x65, substring: 0x65, add: 0x69, modify: 0x67 } as const

const repeatable: ReadonlySet<Load['kind']> = new Set<Load['kind']>(['bind', 'equality', 'substring'])

/** The requests of one client, one after the other. What can be asked again is encoded before anything is measured. */
export function requestsOf(order: Load): () => Asked {
  let count = 0
  // A multiplier that shares nothing with the number of entries visits them in no order.
  const make = (): Asked => asked(order, (count * 7_919) % order.entries, ++count)
  if (!repeatable.has(order.kind)) return make
  const encoded = Array.from({ length: order.entries }, make)
  let at = 0
  return () => encoded[at++ % encoded.length] ?? make()
}

/** What a connection asks before the rest: leave to read or to write. Null where it binds anyway. */
export function loginOf({ kind }: Load): Asked | null {
  if (kind === 'bind') return null
  const name = kind === 'add' || kind === 'modify' ? 'matricule' : 'cas'
  return encoded(1, bind(service(name), 'demo'))
}

function asked({ kind, run }: Load, each: number, id: number): Asked {
  switch (kind) {
    case 'bind':
      return encoded(id, bind(nameOf(each), passwordOf(each)))
    case 'equality':
      return encoded(id, search(`(uid=${21_000_000 + each})`), nameOf(each))
    case 'substring':
      return encoded(id, search(`(cn=*n${String(each).padStart(5, '0')}*)`), nameOf(each))
    case 'add': {
      const number = 1_000_000 * (1 + run) + id
      return encoded(id, { kind: 'add', dn: nameOf(number), attributes: entryOf(number, '') })
    }
    case 'modify': {
      const attribute = { type: 'title', values: [Buffer.from(`t${id}`)] }
      return encoded(id, {
        kind: 'modify',
        dn: nameOf(each),
        changes: [{ operation: 'replace', attribute }],
      })
    }
  }
}

function encoded(id: number, operation: Request, found?: string): Asked {
  const bytes = Buffer.from(encodeRequest({ id, operation, controls: [] }))
  return { bytes, id, found: found === undefined ? null : Buffer.from(found) }
}

function bind(name: string, password: string): Request {
  return { kind: 'bind', version: 3, name, auth: { kind: 'simple', password: Buffer.from(password) } }
}

function search(filter: string): Request {
  const none = { deref: 0, sizeLimit: 0, timeLimit: 0, typesOnly: false, attributes: [] } as const
  return { kind: 'search', base: people, scope: 'subtree', filter: parseFilter(filter), ...none }
}
