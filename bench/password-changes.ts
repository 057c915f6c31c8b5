import { createHash } from 'node:crypto'
import { later, systemClock as clock } from '../platform/clock.ts'
import { randomUuid, systemChance as chance } from '../platform/chance.ts'
import type { KeyRing } from '../platform/seal.ts'
import { createVerifiers, type VerifierScheme } from '../platform/verifier.ts'
import { claimByToken } from '../registry/claims.ts'
import type { KeptVerifier } from '../registry/verifiers.ts'
import type { Registry } from '../registry/open.ts'
import { issueToken } from '../registry/tokens.ts'

const hour = 3_600_000

/** A password that a student is about to choose: hashed, and the link that allows it given out. */
export interface Prepared {
  readonly number: string
  readonly password: string
  /** The verifier as each scheme stores it. */
  readonly stored: Readonly<Partial<Record<VerifierScheme, string>>>
  readonly kept: readonly KeptVerifier[]
  readonly digest: string
}

/** Prepares one change for each of some students: hashing is the page's work, and is not measured here. */
export async function prepareChanges(
  registry: Registry,
  ring: KeyRing,
  { count, schemes }: { count: number; schemes: readonly VerifierScheme[] },
): Promise<Prepared[]> {
  const verifiers = createVerifiers({ schemes, chance, argon2: { memory_kib: 19_456, passes: 2, lanes: 1 } })
  const students = await registry.db
    .selectFrom('account')
    .innerJoin('person', 'person.number', 'account.number')
    .select('account.number')
    .where('account.state', '=', 'active')
    .where('account.right_kind', '=', 'open')
    .where('person.address_state', '=', 'usable')
    .where('person.address_shared', '=', false)
    .orderBy('account.number')
    .limit(count)
    .execute()
  const prepared: Prepared[] = []
  for (const { number } of students) {
    const password = `mot-de-passe-de-${number}-${randomUuid(chance)}`
    const stored = await verifiers.make(password)
    const kept = await Promise.all(
      Object.entries(stored).map(async ([scheme, verifier]) => ({
        scheme,
        sealed: await ring.seal('verifier', verifier),
        mac: ring.mac('verifier', verifier),
      })),
    )
    const digest = createHash('sha256').update(randomUuid(chance)).digest('hex')
    const requestedAt = clock.now()
    await registry.transaction((tx) =>
      issueToken(tx, { digest, number, requestedAt, expiresAt: later(requestedAt, hour) }),
    )
    prepared.push({ number, password, stored, kept, digest })
  }
  return prepared
}

/** Chooses the password, as the page does: one transaction, and a hint to the daemon. */
export async function choose(registry: Registry, { number, kept, digest }: Prepared): Promise<void> {
  const at = clock.now()
  const whose = await claimByToken(registry, {
    digest,
    graceEnough: false,
    verifiers: kept,
    progress: { id: randomUuid(chance), expiresAt: later(at, hour) },
    letter: { id: randomUuid(chance), kind: 'password-changed', address: null, dueAt: at },
    at,
  })
  if (whose !== number) throw new Error(`${number} could not choose a password`)
}
