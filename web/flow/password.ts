import { IdentityError } from '../../platform/error.ts'
import { normalisePassword } from '../../platform/verifier.ts'
import type { KeptVerifier } from '../../registry/verifiers.ts'
import type { PersonRow } from '../../registry/tables.ts'
import type { House } from './house.ts'

/** The columns of a person that a password must not be made of. */
const own = [
  'number', 'ine', 'birth_name', 'usage_name', 'first_name', 'second_name', 'chosen_first_name', 'birth_date', 'address',
] as const // prettier-ignore

/** What a password must not be made of: the student's own data. */
export function ownData(person: PersonRow): string[] {
  return own.map((column) => person[column]).filter((datum) => datum !== null)
}

/** Verifiers of an acceptable password, one per scheme, sealed; throws PASSWORD_REFUSED with the reasons. The password
 *  goes no further than here. */
export async function verifiersOf(
  house: House,
  password: string,
  person: PersonRow,
): Promise<KeptVerifier[]> {
  const { acceptable, reasons } = await house.judge.judge(password, ownData(person))
  if (!acceptable) {
    throw new IdentityError('PASSWORD_REFUSED', 'this password is not acceptable', { details: { reasons } })
  }
  const made = await house.verifiers.make(normalisePassword(password))
  return Promise.all(
    Object.entries(made).map(async ([scheme, verifier]) => ({
      scheme,
      sealed: await house.ring.seal('verifier', verifier),
      mac: house.ring.mac('verifier', verifier),
    })),
  )
}
