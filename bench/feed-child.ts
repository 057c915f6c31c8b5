import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { openHouse } from '../bin/house.ts'
import { readDrop } from '../daemon/source/drop.ts'
import { read } from '../daemon/read.ts'
import { systemClock } from '../platform/clock.ts'
import { lockHome } from '../platform/lock.ts'
import { loadSettings } from '../platform/settings.ts'

/** One reading of a drop in a process of its own, so that its memory is that of the reading alone. Prints milliseconds,
 *  rows and MiB at most.
 *
 *  parse: the CSV library alone, on the same files · validate: everything that is checked before a snapshot is believed ·
 *  compare: that, and each record compared with what the registry has, which its environment names; what is new or
 *  changed is written. */
const [act = '', folder = ''] = process.argv.slice(2)

const acts: Readonly<Record<string, () => Promise<{ ms: number; rows: number }>>> = {
  async parse() {
    let rows = 0
    const ms = await timed(async () => {
      for (const name of ['individus.csv', 'inscriptions.csv']) {
        const parser = parse({
          delimiter: ';',
          encoding: 'latin1',
          on_record: () => {
            rows += 1
            return null
          },
        })
        createReadStream(join(folder, name)).pipe(parser).resume()
        await finished(parser)
      }
    })
    return { ms, rows: rows - 2 }
  },
  async validate() {
    let rows = 0
    const ms = await timed(async () => {
      ;({ rows } = await readDrop(folder, { maxFileBytes: 2 ** 31 }))
    })
    return { ms, rows }
  },
  async compare() {
    const settings = loadSettings({ env: process.env })
    using lock = lockHome(settings.config.home)
    await using house = await openHouse({
      settings,
      lock,
      demonstration: false,
      withDirectories: false,
      say: (sentence) => process.stderr.write(`${sentence}\n`),
    })
    const ms = await timed(async () => {
      const reading = await read(house.rooms, { again: true })
      if (reading.state !== 'accepted') throw new Error(JSON.stringify(reading))
    })
    const { rows } = await house.rooms.registry.db
      .selectFrom('snapshot')
      .select('rows')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    return { ms, rows }
  },
}

const done = await acts[act]?.()
const rss = Number(/^VmHWM:\s+(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1])
process.stdout.write(`${JSON.stringify({ ...done, rss_mb: Math.round(rss / 1024) })}\n`)

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = systemClock.monotonic()
  await work()
  return Math.round(systemClock.monotonic() - began)
}
