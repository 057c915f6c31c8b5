import { join } from 'node:path'
import { judge } from '../../daemon/judge.ts'
import { read, type Reading } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { createDropSource } from '../../daemon/source/drop.ts'
import { generateUniversity } from '../../demo/generate.ts'
import { drawFrom } from '../../demo/university/draw.ts'
import { seededChance } from '../../platform/chance.ts'
import { minute } from '../run/moved-clock.ts'
import { openStage, type StageOptions } from '../run/stage.ts'
import { bytesOf, cellsOf, sheetsOf, writeSheets, type Sheets } from './sheets.ts'
import { activateSome, havings, misdeeds, outcomeOf } from './havings.ts'
import { spoilings } from './spoil.ts'

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

export async function openFeeds(where: Pick<StageOptions, 'ownRegistry'> = {}): Promise<Feeds> {
  const stage = await openStage({ directories: 'embedded', ...where })
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
      const wrong = await misdeeds(stage, before, spoiling.sort, reading, cancelledIn(made.enrolments))
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

/** Of whom the bytes say, to whoever reads them by eye, that an enrolment is no longer in progress. */
function cancelledIn(enrolments: Buffer): Set<string> {
  const [header = [], ...rows] = cellsOf(enrolments.toString('latin1').replace(/^ï»¿/, ''))
  const [number, state] = [header.indexOf('COD_ETU'), header.indexOf('ETA_IAE')]
  return new Set(
    rows.filter((row) => /^[ARC]$/.test(row[state]?.trim() ?? '')).map((row) => row[number]?.trim() ?? ''),
  )
}
