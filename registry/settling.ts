import { gather } from '../platform/gather.ts'
import type { Registry } from './open.ts'
import { keepOnTargets, type Kept } from './promises.ts'
import { post, type NewLetter } from './letters.ts'
import { remembered } from './remembered.ts'
import { claimNames, markSettled, standingsOf, type Settled, type Standing } from './settlements.ts'
import { sealedVerifiersOf, studentsOf, type Student } from './students.ts'
import type { Tx } from './tables.ts'

/** What those who settle students ask of the registry: many at once are few statements, one alone is served at once. */
export interface Settling {
  /** Where a student stands in a target, and what version the account has now. */
  standing(target: string, number: string): Promise<Standing | null>
  /** A student whose account has this version, or a later one. */
  student(number: string, version: number): Promise<Student | null>
  /** By scheme, those of this version or a later one; only what writes a directory asks for them. */
  sealedVerifiers(number: string, version: number): Promise<Readonly<Record<string, string>>>
  /** See `claimNames`. */
  claimName(target: string, number: string, dn: string | null): Promise<void>
  /** Marks a student settled in a target, and keeps the promises that this keeps; null when the account has moved on
   *  meanwhile. `letterOf` says which letter, if any, follows from what was kept: posted in the same transaction. */
  settled(settled: Settled, at: Date, letterOf: LetterOf, haste: Haste): Promise<readonly Kept[] | null>
}

/** now: somebody waits for it · soon: a little later will do, with others. */
export type Haste = 'now' | 'soon'

/** Many enough to be one commit, few enough that nobody waits long for it. */
const most = 250
/** How long what has time is waited for: a directory takes some dozens of changes meanwhile. */
const soonMs = 100
/** Students remembered from one target to the next. */
const memory = { most: 2_048, forMs: 10_000 }
const known = new WeakMap<Registry, Settling>()

export function settlingOn(registry: Registry): Settling {
  const found = known.get(registry) ?? made(registry)
  known.set(registry, found)
  return found
}

function made(registry: Registry): Settling {
  const { db, clock } = registry
  const standings = gather(
    (asked: readonly { target: string; number: string }[]) => standingsOf(db, asked),
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
  const markAtOnce = (asked: readonly Mark[]) => registry.transaction((tx) => markAll(tx, asked))
  const marks = {
    now: gather(markAtOnce, most),
    soon: gather(markAtOnce, most, (enough) => clock.sleep(soonMs, enough)),
  }
  return {
    standing: (target, number) => standings({ target, number }),
    student: remembered(students, { ...memory, clock }),
    sealedVerifiers: remembered(verifiers, { ...memory, clock }),
    claimName: (target, number, dn) => names({ target, number, dn }),
    settled: (settled, at, letterOf, haste) => marks[haste]({ settled, at, letterOf }),
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
