import type { KeyFault, SuppliedKey } from '../../domain/supplied-key.ts'
import { asIdentityError } from '../../platform/error.ts'
import { knownKeys } from '../../registry/keys.ts'
import type { Rooms } from '../rooms.ts'

/** Some students' supplied keys, and why others have none. */
export interface Supply {
  readonly keys: ReadonlyMap<string, SuppliedKey>
  readonly faults: ReadonlyMap<string, KeyFault>
}

/** The supplied keys of these students. One that is or was another's is refused, and so is one that this student has used:
 *  a key opens one account once. A supply that cannot be read gives nobody a key, and stops nothing else. */
export async function supplyFor(
  { keySource, registry, ring, log }: Rooms,
  numbers: readonly string[],
): Promise<Supply> {
  const keys = new Map<string, SuppliedKey>()
  const faults = new Map<string, KeyFault>()
  if (keySource === undefined || numbers.length === 0) return { keys, faults }
  const supplied = await keySource.keys().catch((thrown: unknown) => {
    const error = asIdentityError(thrown)
    log.error('keys-unreadable', { code: error.code, reason: error.message }, error)
    return new Map<string, SuppliedKey | KeyFault>()
  })
  for (const number of numbers) {
    const key = supplied.get(number) ?? 'missing'
    if (typeof key === 'string') faults.set(number, key)
    else keys.set(number, key)
  }
  // Under every key of the ring: an activation key that was taken before the ring was turned is found as well.
  const macsOf = ({ folded }: SuppliedKey) =>
    ring.kids().flatMap((kid) => ring.macUnder('key', folded, kid) ?? [])
  const wanted = new Map(
    [...keys].flatMap(([number, key]) => macsOf(key).map((mac) => [mac, number] as const)),
  )
  for (const { mac, number: owner } of await knownKeys(registry.db, [...wanted.keys()])) {
    const number = wanted.get(mac) ?? ''
    keys.delete(number)
    faults.set(number, owner === number ? 'used' : 'collision')
  }
  if (faults.size > 0) log.warn('keys-not-supplied', { students: faults.size })
  return { keys, faults }
}
