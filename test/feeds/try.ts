import { join } from 'node:path'
import { judge } from '../../daemon/judge.ts'
import { read, type Reading } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { createDropSource } from '../../daemon/source/drop.ts'
import { generateUniversity } from '../../demo/generate.ts'
import { drawFrom } from '../../demo/university/draw.ts'
import { seededChance } from '../../platform/chance.ts'
import { activate } from '../run/acts.ts'
import { minute } from '../run/moved-clock.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { bytesOf, cellsOf, sheetsOf, writeSheets, type Sheets } from './sheets.ts'
import { spoilings, type Spoiling } from './spoil.ts'

/** What one student has: whatever a feed could take away. */
interface Having {
  readonly right: string
  readonly state: string
  readonly verifiers: number
  readonly keys: number
}

export interface Tried {
  readonly spoiling: string
  readonly outcome: string
  /** What should not have happened. */
  readonly wrong: readonly string[]
}

/** A university whose record is read again and again, truthful and spoilt by turns. */
export interface Feeds extends AsyncDisposable {
  /** Reads a feed spoilt as a seed says, and then the truth again. */
  tryFeed(seed: string): Promise<Tried>
}

const students = 150
const active = 20

export async function openFeeds(): Promise<Feeds> {
  const stage = await openStage({ directories: 'embedded' })
  const records = generateUniversity({ students, seed: 'feeds', today: '2026-09-15' })
  const folder = join(stage.folder, 'feed')
  const rooms: Rooms = { ...stage.rooms, source: createDropSource({ path: folder }) }
  let snapshot = 0
  const next = () => {
    snapshot += 1
    stage.clock.move(minute)
    return sheetsOf(folder, records, { snapshot, takenAt: stage.clock.now() })
  }
  const take = async (): Promise<Reading> => {
    const reading = await read(rooms)
    await judge(rooms)
    return reading
  }
  const truth = async (): Promise<Reading> => {
    const sheets = await next()
    await writeSheets(folder, sheets, bytes(sheets))
    return take()
  }
  await truth()
  await activateSome(stage)
  await judge(rooms)
  const before = await havings(stage)

  return {
    async tryFeed(seed) {
      const draw = drawFrom(seededChance(`feed ${seed}`))
      const spoiling = draw.pick(spoilings)
      const sheets = await next()
      const made = spoiling.spoil(sheets, draw) ?? bytes(sheets)
      await writeSheets(folder, sheets, made)
      const reading = await take().catch((error: unknown) => error as Error)
      const wrong = await misdeeds(stage, before, spoiling, reading, cancelledIn(made.enrolments))
      // A snapshot number that it has shown is not to be used again.
      snapshot = Math.max(snapshot, sheets.manifest.snapshot)
      const healed = await truth()
      if (healed.state !== 'accepted') wrong.push(`the truth was ${JSON.stringify(healed)}`)
      const after = await havings(stage)
      const unhealed = [...before].filter(
        ([number, had]) => JSON.stringify(after.get(number)) !== JSON.stringify(had),
      )
      if (unhealed.length > 0)
        wrong.push(`not healed by the truth: ${unhealed.map(([number]) => number).join(', ')}`)
      return { spoiling: spoiling.name, outcome: outcomeOf(reading), wrong }
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  }
}

const bytes = (sheets: Sheets) => ({
  people: bytesOf(sheets.people, sheets),
  enrolments: bytesOf(sheets.enrolments, sheets),
})

/** What of it must not be: somebody has less than before of whom it does not say so, a refusal without a code of its own,
 *  a feed that says the same in other words refused. */
async function misdeeds(
  stage: Stage,
  before: ReadonlyMap<string, Having>,
  { sort }: Spoiling,
  reading: Reading | Error,
  cancelled: ReadonlySet<string>,
): Promise<string[]> {
  const wrong: string[] = []
  const after = await havings(stage)
  for (const [number, had] of before) {
    const has = after.get(number)
    const lost = has === undefined || has.right !== had.right || has.state !== had.state
    const bereft = (has?.verifiers ?? 0) < had.verifiers || (has?.keys ?? 0) < had.keys
    if (bereft) wrong.push(`${number} has lost verifiers or key`)
    if (lost && !cancelled.has(number))
      wrong.push(`${number} has ${JSON.stringify(has)}, had ${JSON.stringify(had)}`)
  }
  if (reading instanceof Error) wrong.push(`it threw ${reading.stack ?? reading.message}`)
  else if (reading.state === 'refused' && !/^FEED_[A-Z_]+$/.test(reading.code))
    wrong.push(`refused with ${reading.code}`)
  else if (sort !== 'wrong' && reading.state !== 'accepted')
    wrong.push(`refused though it is right: ${outcomeOf(reading)}`)
  return wrong
}

function outcomeOf(reading: Reading | Error): string {
  if (reading instanceof Error) return 'thrown'
  return reading.state === 'refused' || reading.state === 'held' ? reading.code : reading.state
}

/** Of whom the bytes say, to whoever reads them by eye, that an enrolment is no longer in progress. */
function cancelledIn(enrolments: Buffer): Set<string> {
  const [header = [], ...rows] = cellsOf(enrolments.toString('latin1').replace(/^ï»¿/, ''))
  const [number, state] = [header.indexOf('COD_ETU'), header.indexOf('ETA_IAE')]
  return new Set(
    rows.filter((row) => /^[ARC]$/.test(row[state]?.trim() ?? '')).map((row) => row[number]?.trim() ?? ''),
  )
}

async function havings({ rooms }: Stage): Promise<Map<string, Having>> {
  const { db } = rooms.registry
  const accounts = await db.selectFrom('account').select(['number', 'right_kind', 'state']).execute()
  const verifiers = await db.selectFrom('verifier').select('number').execute()
  const keys = await db.selectFrom('activation_key').select('number').where('state', '=', 'waiting').execute()
  const counted = (rows: readonly { number: string }[]) => {
    const counts = new Map<string, number>()
    for (const { number } of rows) counts.set(number, (counts.get(number) ?? 0) + 1)
    return counts
  }
  const [verifiersOf, keysOf] = [counted(verifiers), counted(keys)]
  return new Map(
    accounts.map(({ number, right_kind: right, state }) => [
      number,
      { right, state, verifiers: verifiersOf.get(number) ?? 0, keys: keysOf.get(number) ?? 0 },
    ]),
  )
}

async function activateSome(stage: Stage): Promise<void> {
  const rows = await stage.rooms.registry.db
    .selectFrom('account')
    .innerJoin('person', 'person.number', 'account.number')
    .select('account.number')
    .where('account.right_kind', '=', 'open')
    .where('person.address_shared', '=', false)
    .orderBy('account.number')
    .limit(active)
    .execute()
  for (const { number } of rows) await activate(stage, number)
}
