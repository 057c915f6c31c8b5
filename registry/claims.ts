import { lockAccounts } from './accounts.ts'
import { proposal, useKeys, type KeyClaim, type Proposal, type Used } from './key-claim.ts'
import { homonyms } from './mails.ts'
import type { Registry } from './open.ts'
import type { Tx } from './tables.ts'
import { useTokens, type TokenClaim } from './token-claim.ts'
import { bearerOf } from './tokens.ts'
import { isRivalry } from './unavailable.ts'

/** A claim by one statement, which waits for nobody; several at once may be one. */
export type UseKey = (proposed: Proposal) => Promise<Used>
export type UseToken = (claim: TokenClaim) => Promise<string | null>

/** Uses an activation key: the guarded write is the claim, and the key, the verifiers, the address, the promises, the
 *  letter and the marks for the directories are one transaction. Returns the institutional address, or null when the
 *  key could not be claimed: used a moment ago, right lost, address shared. Nothing is done then. Whoever provisions is
 *  told. */
export async function claimByKey(
  registry: Registry,
  claim: KeyClaim,
  useKey: UseKey = async (proposed) => onlyOne(await useKeys(registry.db, [proposed], true)),
): Promise<string | null> {
  const mail = claim.repeat ? null : await unlessRivalled(claimAtOnce(claim, useKey))
  if (mail !== null) return mail
  return whole(registry, async (tx, lost) => {
    await lockAccounts(tx, [claim.number])
    const claimed = await claimAtOnce(claim, async (proposed) =>
      onlyOne(await useKeys(tx, [proposed], false)),
    )
    if (claimed === null) return lost()
    if (claim.repeat) await keepAnswer(tx, claim.repeat, claim.answer(claimed))
    return claimed
  })
}

/** With the first free address of the name, should the student have none. */
async function claimAtOnce(claim: KeyClaim, useKey: UseKey): Promise<string | null> {
  for (const homonym of homonyms()) {
    const { mail, taken } = await useKey(proposal(claim, homonym))
    if (!taken) return mail
  }
  return null
}

/** Null where others were in the way. */
async function unlessRivalled<T>(claiming: Promise<T>): Promise<T | null> {
  try {
    return await claiming
  } catch (error) {
    if (isRivalry(error)) return null
    throw error
  }
}

function onlyOne<T>([one]: readonly T[]): T {
  if (one === undefined) throw new TypeError('one was asked, and one is answered')
  return one
}

/** Uses a reset token, likewise. Right, lock and sharing are checked once more here. Returns whose it was, or null. */
export async function claimByToken(
  registry: Registry,
  claim: TokenClaim,
  useToken: UseToken = async (one) => onlyOne(await useTokens(registry.db, [one], true)),
): Promise<string | null> {
  const number = await unlessRivalled(useToken(claim))
  if (number !== null) return number
  return whole(registry, async (tx, lost) => {
    const bearer = await bearerOf(tx, claim.digest, claim.at)
    if (bearer === null) return lost()
    await lockAccounts(tx, [bearer])
    return onlyOne(await useTokens(tx, [claim], false)) ?? lost()
  })
}

/** The answer once given to this very request, if it is still remembered. */
export async function repeatedAnswer(
  registry: Registry,
  id: string,
  request: string,
  at: Date,
): Promise<unknown> {
  const row = await registry.db
    .selectFrom('answered_request')
    .select('answer')
    .where('id', '=', id)
    .where('request', '=', request)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return row?.answer ?? null
}

async function keepAnswer(
  tx: Tx,
  { id, request, expiresAt }: NonNullable<KeyClaim['repeat']>,
  answer: unknown,
): Promise<void> {
  await tx
    .insertInto('answered_request')
    .values({ id, request, answer: JSON.stringify(answer), expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        request: eb.ref('excluded.request'),
        answer: eb.ref('excluded.answer'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

const lostClaim = Symbol('lost claim')

/** Runs a claim in a transaction; `lost()` undoes all of it, and the answer is null. */
async function whole<T>(
  registry: Registry,
  act: (tx: Tx, lost: () => never) => Promise<T>,
): Promise<T | null> {
  try {
    return await registry.transaction((tx) =>
      act(tx, () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- caught right below, never seen outside
        throw lostClaim
      }),
    )
  } catch (error) {
    if (error === lostClaim) return null
    throw error
  }
}
