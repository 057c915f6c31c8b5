import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { openHouse } from '../bin/house.ts'
import { ldif } from '../bin/ldif.ts'
import { reconcile } from '../daemon/reconcile.ts'
import { wanted } from '../daemon/target/sighting.ts'
import { systemClock } from '../platform/clock.ts'
import { loadSettings } from '../platform/settings.ts'
import type { TestDirectory } from '../test/run/directories.ts'
import { middleOf, openBenchUniversity, peakMb, searchArguments } from './university.ts'

/** A pass over three directories in which nothing has to change, beside three `ldapsearch` of the same attributes, page
 *  by page, side by side: what it takes to read all that, for somebody who looks at nothing. The directories are filled
 *  by `ldif` and `slapadd`. Prints one line of JSON last. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    students: { type: 'string', default: '60000' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean' },
  },
})
const runs = Number(values.runs)
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using university = await openBenchUniversity(Number(values.students))
const { site } = university
await university.daemonUntilReady(await site.home('first'))
say(`${await university.activateEverybody()} students activated`)

const home = await site.home('bench')
const settings = loadSettings({ env: { ...site.env, MATRICULE_HOME: home } })
await using house = await openHouse({
  settings,
  lock: null,
  demonstration: false,
  withDirectories: false,
  say,
})
const { rooms } = house
const fill = await timed(async () => {
  await Promise.all(
    rooms.targets.map(async ({ name }) => {
      const out = join(home, `${name}.ldif`)
      await ldif.run({ settings, rooms, daemon: null }, { target: name, out })
      await site.directories.get(name)?.slapd?.load(out)
    }),
  )
})
say(`filled by LDIF in ${fill} ms`)
const passes = async () => {
  await Promise.all(rooms.targets.map((target) => reconcile(rooms, target)))
}
say(`noted in ${await timed(passes)} ms`)
// As PostgreSQL does by itself within minutes of so many writes: what counts is a pass of any other day.
await university.query('vacuum analyze')
const before = await rooms.metrics.changes.get()

const ours: number[] = []
const theirs: number[] = []
for (let run = 0; run < runs; run++) {
  theirs.push(await timed(() => Promise.all([...site.directories.values()].map(readByOthers))))
  // Else what has changed since would be read, which is nothing.
  await university.query("delete from mark where name like 'read %'")
  ours.push(await timed(passes))
  say(`run ${run + 1}: ours ${ours.at(-1) ?? 0} ms, theirs ${theirs.at(-1) ?? 0} ms`)
}
const changed: number[] = []
for (let run = 0; run < runs; run++) {
  await Promise.all([...site.directories.values()].map((directory) => changeByHand(directory, run)))
  changed.push(await timed(passes))
}
say(`with 50 changes in each: ${middleOf(changed)} ms, of a full one ${middleOf(ours)} ms`)
if (JSON.stringify(await rooms.metrics.changes.get()) !== JSON.stringify(before))
  throw new Error('something was changed')

const cell = {
  case: `${values.students} × 3, nothing to change`,
  ours: middleOf(ours),
  peer: middleOf(theirs),
  peer_name: 'three ldapsearch -E pr=1000 side by side',
  unit: 'ms',
  ratio: Math.round((100 * middleOf(theirs)) / middleOf(ours)) / 100,
  p50_ms: middleOf(ours),
  p99_ms: Math.max(...ours),
  rss_mb: await peakMb('self'),
}
process.stdout.write(
  `${JSON.stringify({ name: 'reconcile', cells: [cell], ratio: cell.ratio, fill_ms: fill, incremental_ms: middleOf(changed), incremental_share: Math.round((1000 * middleOf(changed)) / middleOf(ours)) / 1000 })}\n`,
)

function readByOthers(directory: Parameters<typeof searchArguments>[0]): Promise<void> {
  const child = spawn('ldapsearch', searchArguments(directory, wanted(directory.profile)), {
    stdio: 'ignore',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`ldapsearch ended with ${code ?? '?'}`)),
    )
  })
}

/** Somebody else changes 50 entries, in a way that is no business of ours. */
async function changeByHand(directory: TestDirectory, run: number): Promise<void> {
  const rows = await rooms.registry.db
    .selectFrom('settlement')
    .select('number')
    .where('target', '=', directory.profile.name)
    .where('dn', 'is not', null)
    .orderBy('number')
    .limit(50)
    .execute()
  for (const { number } of rows) await directory.modify(number, { description: [`change ${run}`] })
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = systemClock.monotonic()
  await act()
  return Math.round(systemClock.monotonic() - began)
}
