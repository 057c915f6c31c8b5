import { recordedStudent } from '../../daemon/read.ts'
import type { AccountState } from '../../domain/account.ts'
import type { Person } from '../../domain/person.ts'
import type { RightKind } from '../../domain/right.ts'
import { randomUuid, systemChance } from '../../platform/chance.ts'
import type { KeyClaim } from '../../registry/key-claim.ts'
import type { KeptVerifier } from '../../registry/verifiers.ts'
import { recordStudents } from '../../registry/facts.ts'
import { issueKeys } from '../../registry/keys.ts'
import type { NewLetter } from '../../registry/letters.ts'
import type { Registry } from '../../registry/open.ts'
import { moveAccounts, writeRights } from '../../registry/standings.ts'
import { enrolled, freshNumber } from './people.ts'

export interface Admitted {
  readonly right?: RightKind
  readonly state?: AccountState
  readonly facts?: Partial<Person>
}

/** Somebody whom the registry knows, with a right, invited, a key waiting: what one pass leaves. */
export async function admit(registry: Registry, how: Admitted = {}): Promise<string> {
  const number = freshNumber()
  await admitAll(registry, [number], how)
  return number
}

/** The same of many, in one transaction. */
export async function admitAll(
  registry: Registry,
  numbers: readonly string[],
  { right = 'open', state = 'invited', facts = {} }: Admitted = {},
): Promise<void> {
  const at = registry.clock.now()
  const open = { kind: right, years: ['2026'], reason: 'ENROLLED' } as const
  const records = numbers.map((number) => recordedStudent(enrolled(number, facts), []))
  const standings = numbers.map((number) => ({ number, right: open, lastYear: null }))
  const keys = numbers.map((number) => ({ number, version: 1, mac: 'kid.mac', sealed: 'sealed' }))
  await registry.transaction(async (tx) => {
    await recordStudents(tx, records, at)
    await writeRights(tx, standings, at)
    await moveAccounts(tx, numbers, state, at)
    await issueKeys(tx, keys, at)
  })
}

export const verifier: KeptVerifier = { scheme: 'ssha512', sealed: 'sealed verifier', mac: 'kid.verifier' }

/** The claim of a key that waits for `number`. */
export function keyClaim(registry: Registry, number: string, more: Partial<KeyClaim> = {}): KeyClaim {
  const at = registry.clock.now()
  return {
    number,
    keyVersion: 1,
    localPart: `ada.${number}`,
    mailRules: { domain: 'etu.example.org', wordSeparator: '_', homonym: 'dotted' },
    verifiers: [verifier],
    progress: { id: randomUuid(systemChance), expiresAt: new Date(at.getTime() + 1_000_000) },
    letter: null,
    repeat: null,
    answer: (mail) => ({ mail }),
    at,
    ...more,
  }
}

export function newLetter(number: string | null, at: Date, more: Partial<NewLetter> = {}): NewLetter {
  return {
    id: randomUuid(systemChance),
    kind: 'invitation',
    number,
    address: null,
    once: null,
    dueAt: at,
    ...more,
  }
}
