import { expect } from 'vitest'
import { answerRequests } from '../../daemon/letter/answer.ts'
import { deliver } from '../../daemon/letter/deliver.ts'
import { pass, type Passed } from '../../daemon/pass.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { mailboxTarget } from '../../domain/profiles/mailbox.ts'
import { randomUuid } from '../../platform/chance.ts'
import { claimByKey } from '../../registry/claims.ts'
import { approve, waitingHolds } from '../../registry/holds.ts'
import { keysOf } from '../../registry/keys.ts'
import { settlementOf, unsettledNow } from '../../registry/settlements.ts'
import type { SettlementState } from '../../registry/tables.ts'
import { settle } from '../../daemon/settle.ts'
import { createFlows } from '../../web/flow/flows.ts'
import type { Activated } from '../../web/flows.ts'
import type { Stage } from './stage.ts'

/** Fifteen characters and more, of no dictionary. */
export const passwords = {
  first: 'tilleul-penche-Rivière-27',
  second: 'huit-marmottes-Sifflent-63',
  third: 'vague-Cobalt-sur-granit-81',
  wrong: 'jamais-Choisi-par-personne-4',
}

/** Lays the records down and makes a pass over them. */
export async function passOver(stage: Stage, records: readonly StudentRecord[]): Promise<Passed> {
  await stage.drop(records)
  return pass(stage.rooms)
}

/** The key that waits for a student, in clear. */
export async function keyFor({ rooms }: Stage, number: string): Promise<string> {
  const [key] = await keysOf(rooms.registry.db, number)
  if (!key?.sealed) throw new Error(`no key waits for ${number}`)
  return rooms.ring.unseal('key', key.sealed)
}

/** Activates by the page, and settles everywhere. */
export async function activate(
  stage: Stage,
  number: string,
  password: string = passwords.first,
): Promise<Activated> {
  const activated = await createFlows(stage.house).activate({
    studentNumber: number,
    key: await keyFor(stage, number),
    password,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  await settleAll(stage)
  return activated
}

/** Activates many at once with one password, hashed once: what is looked at is what follows. Settles nobody. */
export async function activateMany(
  { rooms, house }: Stage,
  numbers: readonly string[],
  password: string = passwords.first,
): Promise<void> {
  const { registry, ring, clock, chance } = rooms
  const verifiers = await Promise.all(
    Object.entries(await house.verifiers.make(password)).map(async ([scheme, verifier]) => ({
      scheme,
      sealed: await ring.seal('verifier', verifier),
      mac: ring.mac('verifier', verifier),
    })),
  )
  for (const number of numbers) {
    const [key] = await keysOf(registry.db, number)
    await claimByKey(registry, {
      number,
      keyVersion: key?.version ?? 0,
      verifiers,
      localPart: `etu.${number}`,
      mailRules: house.rules.mail,
      letter: null,
      repeat: null,
      progress: { id: randomUuid(chance), expiresAt: clock.now() },
      answer: () => null,
      at: clock.now(),
    })
  }
}

/** Settles everybody who is due, as the daemon does between passes; and again, where a mailbox is told elsewhere. */
export async function settleAll({ rooms }: Stage): Promise<void> {
  const rounds = rooms.targets.some(({ name }) => name === mailboxTarget) ? 2 : 1
  for (let round = 0; round < rounds; round++) {
    for (const target of rooms.targets) {
      const due = await unsettledNow(rooms.registry.db, target.name, rooms.clock.now(), 1_000)
      for (const number of due) await settle(rooms, target, number, target.lane('nudge'))
    }
  }
}

/** Whoever is named is enrolled, activated and settled in all three directories. */
export async function settled(stage: Stage, records: readonly StudentRecord[]): Promise<void> {
  await passOver(stage, records)
  for (const { person } of records) await activate(stage, person.number)
  for (const { person } of records) {
    expect(await stage.bind(person.number, passwords.first)).toEqual([true, true, true])
  }
}

/** Where a student stands, target by target. */
export async function standings({ rooms }: Stage, number: string): Promise<(SettlementState | null)[]> {
  const all = await Promise.all(
    rooms.targets.map(({ name }) => settlementOf(rooms.registry.db, name, number)),
  )
  return all.map((settlement) => settlement?.state ?? null)
}

/** Answers who asked and sends what is due; returns how many letters were tried. */
export async function post({ rooms }: Stage): Promise<number> {
  await answerRequests(rooms, 1_000)
  return deliver(rooms, 1_000)
}

/** Asks for a link and opens the newest letter that came to the address: its token. */
export async function tokenFor(stage: Stage, address: string): Promise<string> {
  const before = stage.mail.to(address).length
  await createFlows(stage.house).requestReset({ email: address, network: '192.0.2.1' })
  await post(stage)
  const letter = stage.mail
    .to(address)
    .slice(before)
    .find(({ text }) => text.includes('reinitmdp-token'))
  const [, token] = /reinitmdp-token\?token=([0-9A-Za-z]{30})$/m.exec(letter?.text ?? '') ?? []
  if (token === undefined) throw new Error(`no link came to ${address}`)
  return token
}

/** A person says yes to what waits; returns how many sets there were. */
export async function approveAll({ rooms: { registry, clock } }: Stage): Promise<number> {
  const holds = await waitingHolds(registry.db)
  for (const { digest } of holds) {
    await registry.transaction((tx) => approve(tx, digest, 'operator', clock.now()))
  }
  return holds.length
}
