import { randomText } from '../../platform/chance.ts'
import { IdentityError } from '../../platform/error.ts'
import { writeChoice, type CanaryRow } from '../../registry/canary.ts'
import type { Canary, Rooms } from '../rooms.ts'
import type { Target } from '../target/target.ts'

const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz23456789'

/** A password that nobody knows or will guess. */
export function randomPassword({ chance }: Pick<Rooms, 'chance'>): string {
  return randomText(chance, alphabet, 32)
}

/** Chooses another password for the canary of a target, and seals it: from here on it must become effective, as that of
 *  a student who has just chosen one. */
export async function choose(
  rooms: Rooms,
  { verifiers }: Canary,
  { name, profile: { scheme } }: Target,
): Promise<CanaryRow> {
  const { registry, ring } = rooms
  const password = randomPassword(rooms)
  const verifier = Object.entries(await verifiers.make(password)).find(([of]) => of === scheme)?.[1]
  if (verifier === undefined) throw new IdentityError('UNEXPECTED', `no ${scheme} verifier is made`)
  return writeChoice(registry.db, name, {
    scheme,
    sealed_password: await ring.seal('canary', password),
    sealed_verifier: await ring.seal('verifier', verifier),
    mac: ring.mac('verifier', verifier),
  })
}
