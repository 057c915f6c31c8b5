import { sql } from 'kysely'
import { present } from '../domain/account.ts'
import type { AddressState } from '../domain/address.ts'
import type { Enrolment } from '../domain/person.ts'
import { mailboxTarget } from '../domain/profiles/mailbox.ts'
import { enrolmentsOf } from './facts.ts'
import type { AccountRow, Db, KeyRow, PersonRow } from './tables.ts'

/** A student as everything else sees them: the record, the account, and what must be in the directories. */
export interface Student {
  readonly person: PersonRow
  readonly account: AccountRow
  readonly enrolments: readonly Enrolment[]
  /** MACs of the verifiers by scheme: enough to compare, never to sign in. */
  readonly verifiers: Readonly<Record<string, string>>
  /** Institutional addresses of former names: aliases for ever. */
  readonly formerMails: readonly string[]
  /** Whether there is a mailbox, made and read back. */
  readonly hasMailbox: boolean
}

/** Who may choose a password: the record, and what the account allows. */
export interface Holder {
  readonly person: PersonRow
  readonly rightKind: AccountRow['right_kind']
  readonly locked: boolean
}

/** Null for an unknown number. */
export async function holderOf(db: Db, number: string): Promise<Holder | null> {
  const row = await holders(db, [number]).executeTakeFirst()
  if (row === undefined) return null
  const { right_kind: rightKind, locked, ...person } = row
  return { person, rightKind, locked }
}

/** A holder with every key they ever had, newest first: what is told by trying one. */
export interface KeyHolder extends Holder {
  readonly keys: readonly Pick<KeyRow, 'version' | 'state' | 'mac'>[]
}

/** Who holds each of some numbers, in the order asked; null for an unknown one. */
export async function keyHoldersOf(db: Db, numbers: readonly string[]): Promise<(KeyHolder | null)[]> {
  const rows = await holders(db, numbers)
    .select(
      sql<KeyHolder['keys']>`(
        select coalesce(json_agg(json_build_object('version', k.version, 'state', k.state, 'mac', k.mac)
          order by k.version desc), '[]') from activation_key k where k.number = person.number)`.as('keys'),
    )
    .execute()
  const found = new Map(
    rows.map(({ right_kind: rightKind, locked, keys, ...person }) => [
      person.number,
      { person, rightKind, locked, keys },
    ]),
  )
  return numbers.map((number) => found.get(number) ?? null)
}

function holders(db: Db, numbers: readonly string[]) {
  return db
    .selectFrom('person')
    .innerJoin('account', 'account.number', 'person.number')
    .selectAll('person')
    .select(['account.right_kind', 'account.locked'])
    .where(sql<boolean>`person.number = any(${[...numbers]}::text[])`)
}

/** Some students by number; unknown ones are left out. */
export async function studentsOf(db: Db, numbers: readonly string[]): Promise<Student[]> {
  if (numbers.length === 0) return []
  const among = sql<boolean>`number = any(${[...numbers]}::text[])`
  const accounts = await db.selectFrom('account').selectAll().where(among).orderBy('number').execute()
  const people = await db.selectFrom('person').selectAll().where(among).execute()
  const enrolments = await enrolmentsOf(db, numbers)
  const verifiers = await db.selectFrom('verifier').select(['number', 'scheme', 'mac']).where(among).execute()
  const formerBy = await formerMailsOf(db, numbers)
  const boxed = await boxedAmong(db, numbers)
  const personBy = new Map(people.map((row) => [row.number, row]))
  const macsBy = new Map<string, Record<string, string>>()
  for (const { number, scheme, mac } of verifiers) {
    const macs = macsBy.get(number) ?? {}
    macs[scheme] = mac
    macsBy.set(number, macs)
  }
  return accounts.flatMap((account) => {
    const person = personBy.get(account.number)
    if (!person) return []
    return [
      {
        person,
        account,
        enrolments: enrolments.get(account.number) ?? [],
        verifiers: macsBy.get(account.number) ?? {},
        formerMails: formerBy.get(account.number) ?? [],
        hasMailbox: boxed.has(account.number),
      },
    ]
  })
}

async function boxedAmong(db: Db, numbers: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('settlement')
    .select('number')
    .where('target', '=', mailboxTarget)
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .where('dn', 'is not', null)
    .where('settled_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ number }) => number))
}

async function formerMailsOf(db: Db, numbers: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ number: string; addresses: string[] }>`
    select i.number, array_agg(i.address order by i.address) as addresses
    from institutional_address i join account a on a.number = i.number
    where i.number = any(${[...numbers]}::text[]) and a.mail is distinct from i.address
    group by i.number`.execute(db)
  return new Map(rows.map(({ number, addresses }) => [number, addresses]))
}

/** One student, or null. */
export async function studentOf(db: Db, number: string): Promise<Student | null> {
  const [student] = await studentsOf(db, [number])
  return student ?? null
}

/** The numbers of the students who have an entry in the directories, in order, after `after`. */
export async function presentNumbers(db: Db, after: string, count: number): Promise<string[]> {
  const rows = await db
    .selectFrom('account')
    .select('number')
    .where('state', 'in', present)
    .where('number', '>', after)
    .orderBy('number')
    .limit(count)
    .execute()
  return rows.map(({ number }) => number)
}

/** The students with a right or an account whose effective address is this one, in its canonical spelling. */
export async function bearersOfAddress(db: Db, canonical: string): Promise<Student[]> {
  const rows = await db
    .selectFrom('person')
    .select('number')
    .where('address_canonical', '=', canonical)
    .execute()
  return studentsOf(
    db,
    rows.map(({ number }) => number),
  )
}

/** What a student's personal address is, sharing included. */
export function addressStateOf(person: PersonRow): AddressState {
  return person.address_state === 'usable' && person.address_shared ? 'shared' : person.address_state
}

/** How many students are in each account state. */
export async function stateCounts(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('account')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  return new Map(rows.map(({ state, count }) => [state, count]))
}

/** How many students share an address with somebody. */
export async function sharedCount(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('person')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('address_shared', '=', true)
    .executeTakeFirstOrThrow()
  return count
}

/** Sealed verifiers of some students, by number and scheme. */
export async function sealedVerifiersOf(
  db: Db,
  numbers: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const rows = await db
    .selectFrom('verifier')
    .select(['number', 'scheme', 'sealed'])
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .execute()
  const found = new Map<string, Record<string, string>>()
  for (const { number, scheme, sealed } of rows) found.set(number, { ...found.get(number), [scheme]: sealed })
  return found
}
