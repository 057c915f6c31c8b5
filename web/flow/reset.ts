import { createHash } from 'node:crypto'
import { canonicalAddress } from '../../domain/address.ts'
import { isToken, tokenAlphabet, tokenLength } from '../../domain/token.ts'
import { randomText, randomUuid } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import { claimByToken } from '../../registry/claims.ts'
import { take } from '../../registry/limits.ts'
import { askForReset } from '../../registry/reset-requests.ts'
import { holderOf } from '../../registry/students.ts'
import type { PersonRow } from '../../registry/tables.ts'
import { bearerOf } from '../../registry/tokens.ts'
import type { Flows } from '../flows.ts'
import { contextFor } from './context.ts'
import type { Door } from './door.ts'
import { verifiersOf } from './password.ts'
import { spendTry, triesOf } from './tries.ts'

const day = 86_400_000

/** Somebody asks for a link. What is due is found out by the daemon: here every address meets the same work and the
 *  same answer, over the limit too (guide: « Changement de mot de passe », 1). */
export async function requestReset(house: Door, input: Parameters<Flows['requestReset']>[0]): Promise<void> {
  const { registry, clock, metrics } = house
  metrics.resetRequests.inc()
  const at = clock.now()
  const [byNetwork] = triesOf(house, input.network)
  const wait = byNetwork ? await take(registry.db, [{ ...byNetwork, scope: 'asking' }], at) : null
  if (wait !== null) return
  await askForReset(registry.db, canonicalAddress(input.email.trim()), at)
  await registry.nudge('')
}

/** A token, looked at and not used. */
export async function verifyToken(
  house: Door,
  input: Parameters<Flows['verifyToken']>[0],
): Promise<{ context: string }> {
  const { person } = await bearerOfToken(house, input)
  return { context: await contextFor(house, person.number) }
}

/** Token and password: the new password. */
export async function reset(
  house: Door,
  input: Parameters<Flows['reset']>[0],
): Promise<{ login: string; progress: string }> {
  try {
    const done = await resetOnce(house, input)
    house.metrics.resets.inc({ result: 'done' })
    return done
  } catch (error) {
    house.metrics.resets.inc({ result: asIdentityError(error).code })
    throw error
  }
}

async function resetOnce(house: Door, input: Parameters<Flows['reset']>[0]) {
  const { registry, gathered, clock, chance, rules } = house
  const { person, digest } = await bearerOfToken(house, input)
  const verifiers = await verifiersOf(house, input.password, person)

  const at = clock.now()
  const progress = randomText(chance, tokenAlphabet, tokenLength)
  const claim = {
    digest,
    graceEnough: rules.resetInGrace,
    verifiers,
    progress: { id: progress, expiresAt: later(at, rules.progressDays * day) },
    letter: { id: randomUuid(chance), kind: 'password-changed' as const, address: null, dueAt: at },
    at,
  }
  const number = await claimByToken(registry, claim, gathered.useToken)
  if (number === null) throw refused()
  return { login: number, progress }
}

async function bearerOfToken(
  house: Door,
  { token, network }: { token: string; network: string },
): Promise<{ person: PersonRow; digest: string }> {
  const { registry, clock } = house
  const giveBack = await spendTry(house, triesOf(house, network))
  const digest = createHash('sha256').update(token).digest('hex')
  const number = isToken(token) ? await bearerOf(registry.db, digest, clock.now()) : null
  const holder = number === null ? null : await holderOf(registry.db, number)
  if (holder === null) throw refused()
  await giveBack()
  return { person: holder.person, digest }
}

function refused(): IdentityError {
  return new IdentityError('TOKEN_REFUSED', 'this link cannot be used')
}
