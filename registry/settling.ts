import { gather } from '../platform/gather.ts'
import type { Registry } from './open.ts'
import { keepOnTargets, type Kept } from './promises.ts'
import { post, type NewLetter } from './letters.ts'
import { claimNames, markSettled, settlementsOf, type Settled } from './settlements.ts'
import { sealedVerifiersOf, studentsOf, type Student } from './students.ts'
import type { SettlementRow, Tx } from './tables.ts'

/** What those who settle students ask of the registry: many at once are few statements, one alone is served at once. */
export interface Settling {
  settlement(target: string, number: string): Promise<SettlementRow | null>
  student(number: string): Promise<Student | null>
  /** By scheme; only what writes a directory asks for them. */
  sealedVerifiers(number: string): Promise<Readonly<Record<string, string>>>
  /** See `claimNames`. */
  claimName(target: string, number: string, dn: string | null): Promise<void>
  /** Marks a student settled in a target, and keeps the promises that this keeps; null when the account has moved on
   *  meanwhile. `letterOf` says which letter, if any, follows from what was kept: posted in the same transaction. */
  settled(settled: Settled, at: Date, letterOf: LetterOf): Promise<readonly Kept[] | null>
}

/** Many enough to be one commit, few enough that nobody waits long for it. */
const most = 250
const known = new WeakMap<Registry, Settling>()

export function settlingOn(registry: Registry): Settling {
  const found = known.get(registry) ?? made(registry)
  known.set(registry, found)
  return found
}

function made(registry: Registry): Settling {
  const { db } = registry
  const settlements = gather(
    (asked: readonly { target: string; number: string }[]) => settlementsOf(db, asked),
    most,
  )
  const students = gather(async (numbers: readonly string[]) => {
    const found = new Map((await studentsOf(db, numbers)).map((student) => [student.account.number, student]))
    return numbers.map((number) => found.get(number) ?? null)
  }, most)
  const verifiers = gather(async (numbers: readonly string[]) => {
    const found = await sealedVerifiersOf(db, numbers)
    return numbers.map((number) => found.get(number) ?? {})
  }, most)
  const names = gather(async (claims: readonly { target: string; number: string; dn: string | null }[]) => {
    await claimNames(db, claims)
    return claims.map(() => undefined)
  }, most)
  const marks = gather((asked: readonly Mark[]) => registry.transaction((tx) => markAll(tx, asked)), most)
  return {
    settlement: (target, number) => settlements({ target, number }),
    student: students,
    sealedVerifiers: verifiers,
    claimName: (target, number, dn) => names({ target, number, dn }),
    settled: (settled, at, letterOf) => marks({ settled, at, letterOf }),
  }
}

export type LetterOf = (kept: readonly Kept[]) => NewLetter | null

interface Mark {
  readonly settled: Settled
  readonly at: Date
  readonly letterOf: LetterOf
}

async function markAll(tx: Tx, marks: readonly Mark[]): Promise<(readonly Kept[] | null)[]> {
  const at = marks.reduce((latest, mark) => (mark.at > latest ? mark.at : latest), new Date(0))
  const marked = await markSettled(
    tx,
    marks.map(({ settled }) => settled),
    at,
  )
  const owing = marks.filter(({ settled }, index) => marked[index] === true && settled.keeps)
  const kept = await keepOnTargets(
    tx,
    owing.map(({ settled }) => settled),
    at,
  )
  const keptBy = Map.groupBy(kept, ({ number, by }) => `${by} ${number}`)
  const answers = marks.map(({ settled: { target, number } }, index) =>
    marked[index] === true ? (keptBy.get(`${target} ${number}`) ?? []) : null,
  )
  const letters = marks.flatMap(({ letterOf }, index) => {
    const mine = answers[index] ?? []
    return (mine.length > 0 ? letterOf(mine) : null) ?? []
  })
  await post(tx, letters, at)
  return answers
}
