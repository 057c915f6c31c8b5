import { hash } from 'node:crypto'
import type { Attributes } from '../../domain/entry.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Found, Stand } from './target.ts'

/** An entry as it passes by in a scan: enough to know whether anything need be done about it. */
export interface Sighting {
  readonly dn: string
  readonly uuid: string | null
  /** The student number that it bears; null when it bears none. */
  readonly number: string | null
  readonly mails: readonly string[]
  /** What all managed attributes say, stored verifiers included, in no order of values. */
  readonly digest: string
  found(stand: Stand): Found
}

/** Values by name in small letters, as they travelled. */
export type Values = ReadonlyMap<string, readonly Buffer[]>

/** The attributes that are asked for where a profile is kept. */
export function wanted({ managed }: Profile): string[] {
  return [...new Set([...managed, 'uid', 'mail', 'entryUUID'])]
}

export function sightingOf(profile: Profile, dn: string, values: Values): Sighting {
  const textsOf = (name: string) => (values.get(name.toLowerCase()) ?? []).map((value) => value.toString())
  const number = profile.identify({ uid: textsOf('uid') })
  const uuid = textsOf('entryUUID')[0] ?? null
  const digest = digestOf(profile.managed, values)
  return {
    dn,
    uuid,
    number,
    mails: textsOf('mail'),
    digest,
    found(stand) {
      const attributes: Record<string, readonly string[]> = {}
      for (const name of new Set([...profile.managed, 'uid', 'mail'])) {
        const held = textsOf(name)
        if (held.length === 0) continue
        attributes[name] = name === 'userPassword' ? held.map((stored) => stand(number, stored)) : held
      }
      return { dn, attributes: attributes satisfies Attributes, uuid, digest }
    },
  }
}

/** Which form a digest has: one made otherwise can be compared with none of these. */
const form = '2.'

/** A digest of the managed attributes: each name that has values, then each value with its length, values in the order
 *  of their bytes. Names and values come in no order from a directory. */
function digestOf(managed: readonly string[], values: Values): string {
  const parts: Buffer[] = []
  for (const [index, name] of managed.entries()) {
    const held = values.get(name.toLowerCase())
    if (held === undefined || held.length === 0) continue
    for (const value of held.length > 1 ? held.toSorted((one, other) => one.compare(other)) : held) {
      const head = Buffer.allocUnsafe(5)
      head[0] = index
      head.writeUInt32BE(value.length, 1)
      parts.push(head, value)
    }
  }
  return form + hash('sha256', Buffer.concat(parts), 'base64url').slice(0, 22)
}

/** Whether two digests can be compared at all. */
export function isComparable(digest: string | null): digest is string {
  return digest?.startsWith(form) ?? false
}
