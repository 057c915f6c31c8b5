import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fillOf } from '../../daemon/fill.ts'
import { pass } from '../../daemon/pass.ts'
import { startDaemon } from '../../daemon/schedule.ts'
import { drawFrom } from '../../demo/university/draw.ts'
import { seededChance } from '../../platform/chance.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { unsettledCounts } from '../../registry/settlements.ts'
import { stateCounts } from '../../registry/students.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activateMany, approveAll, keyFor, passwords } from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { serverAt } from '../run/servers/database.ts'
import { startPostgres } from '../run/servers/postgres.ts'
import { openStage, type Stage } from '../run/stage.ts'

const longestMs = 1_800_000

/** The end of grace on PostgreSQL and three OpenLDAPs that sync to disk: the suspensions of `size` students, which a person
 *  has approved, are applied by a running daemon while others activate for the first time and some enrol again, until
 *  all is done. The seed draws who comes back. */
export async function rollOver(
  seed: string,
  size: number,
): Promise<{ readonly wrong: readonly string[]; readonly note: string }> {
  await using postgres = await startPostgres()
  await using stage = await openStage({
    registry: serverAt(postgres.url('postgres')),
    directories: 'openldap',
    slapd: { tls: 'none', durable: true },
  })
  const { rooms } = stage
  const { db } = rooms.registry
  const draw = drawFrom(seededChance(`roll-over ${seed}`))
  const former = Array.from({ length: size }, () => freshNumber())
  const newcomers = Array.from({ length: Math.max(10, Math.ceil(size / 50)) }, () => freshNumber())
  const back = new Set(Array.from({ length: Math.max(2, size / 200) }, () => draw.pick(former)))
  const drop = (last: boolean) =>
    stage.drop(
      [
        ...former.map((number) =>
          enrolled(number, { years: last && back.has(number) ? ['2026', '2027'] : ['2026'] }),
        ),
        ...newcomers.map((number) => enrolled(number, { years: ['2027'] })),
      ],
      { openYears: ['2026', '2027'] },
    )
  const wrong: string[] = []
  const expectThat = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }

  stage.clock.set('2027-08-31T08:00:00.000Z')
  await drop(false)
  await pass(rooms)
  if ((await approveAll(stage)) > 0) await pass(rooms)
  await activateMany(stage, former)
  await fill(stage)
  await pass(rooms)
  stage.clock.set('2027-11-30T23:30:00.000Z')
  await pass(rooms)
  const [hold] = await waitingHolds(db)
  expectThat(hold?.kind === 'losses' && hold.members === size, `${hold?.members ?? 0} losses are held`)

  await approveAll(stage)
  const began = performance.now()
  const daemon = startDaemon(rooms, { passIntervalMs: 1_000 })
  const seconds: number[] = []
  let during = 0
  try {
    await eventually('the first suspensions', async () => (await stateCounts(db)).get('suspended'), 600_000)
    await drop(true)
    for (const number of newcomers) {
      seconds.push(await activates(stage, number))
      if (((await unsettledCounts(db)).get('primary') ?? 0) > 0) during += 1
    }
    const isOver = async () =>
      (await stateCounts(db)).get('suspended') === size - back.size && (await unsettledCounts(db)).size === 0
    await eventually('everything to be settled', isOver, longestMs)
  } finally {
    await daemon.stop()
  }
  const took = (performance.now() - began) / 1_000

  const left = former.filter((number) => !back.has(number))
  const opens = async (number: string) => (await stage.bind(number, passwords.first)).join()
  for (const number of [...back, ...newcomers])
    expectThat((await opens(number)) === 'true,true,true', `${number} has a right and cannot sign in`)
  for (const number of Array.from({ length: 50 }, () => draw.pick(left)))
    expectThat((await opens(number)) === 'false,false,false', `${number} was suspended and signs in`)
  const unkept = await db
    .selectFrom('promise')
    .select(['number', 'kind'])
    .where('number', 'in', [...back, ...newcomers])
    .where('kind', 'in', ['account', 'password'])
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .execute()
  for (const { number, kind } of unkept) wrong.push(`the promise of ${number} for the ${kind} was not kept`)
  expectThat((await waitingHolds(db)).length === 0, 'something is still held')
  wrong.push(...(await stage.disturbed()))
  seconds.sort((one, other) => one - other)
  const at = (share: number) => (seconds[Math.floor((seconds.length - 1) * share)] ?? 0).toFixed(1)
  return {
    wrong,
    note: `${left.length} suspended in ${took.toFixed(0)} s; ${seconds.length} activated, ${during} of them meanwhile, in all three after ${at(0.5)} s (half), ${at(0.99)} s (99 %), ${at(1)} s (all)`,
  }
}

/** The directories as they are after years: by a file, since that is not what is looked at. */
async function fill({ rooms, directories, folder }: Stage): Promise<void> {
  for (const { profile, target, slapd } of directories) {
    const file = join(folder, `${profile.name}.ldif`)
    await writeFile(
      file,
      fillOf(rooms, target, () => undefined),
    )
    await slapd?.load(file)
  }
}

/** Activates by the page; the seconds until the password opens in all three. */
async function activates(stage: Stage, studentNumber: string): Promise<number> {
  const key = await keyFor(stage, studentNumber)
  const began = performance.now()
  await createFlows(stage.house).activate({
    studentNumber,
    key,
    password: passwords.first,
    network: studentNumber,
    idempotencyKey: null,
  })
  const isIn = async () => (await stage.bind(studentNumber, passwords.first)).every(Boolean)
  await eventually(`${studentNumber} to sign in`, isIn, 600_000)
  return (performance.now() - began) / 1_000
}
