import { judge } from '../../daemon/judge.ts'
import { read, type Reading } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { createApogeeSource } from '../../daemon/source/database/apogee.ts'
import { postgresDatabase } from '../../daemon/source/database/postgres.ts'
import { generateUniversity } from '../../demo/generate.ts'
import { drawFrom } from '../../demo/university/draw.ts'
import { seededChance } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { lastTaken } from '../../registry/facts.ts'
import { atOurTime, openApogee, type TestApogee } from '../run/apogee.ts'
import { hour, minute } from '../run/moved-clock.ts'
import { openStage, type StageOptions } from '../run/stage.ts'
import { activateSome, hasLess, havings, misdeeds, outcomeOf } from './havings.ts'
import { databaseSpoilings } from './spoil-database.ts'
import type { Feeds } from './try.ts'

const students = 100

/** Where it is, outside a run of tests. */
export interface FeedsPlace {
  readonly stage?: Pick<StageOptions, 'ownRegistry'>
  /** The superuser's address of a PostgreSQL. */
  readonly postgres?: string
}

/** The same as `openFeeds` of a university whose record is Apogée's own tables, in a real PostgreSQL. A feed is a whole
 *  reading or one of changes, as the seed says. */
export async function openDatabaseFeeds(where: FeedsPlace = {}): Promise<Feeds> {
  await using opened = new AsyncDisposableStack()
  const stage = opened.use(await openStage({ directories: 'embedded', ...where.stage }))
  const apogee = opened.use(await openApogee(where.postgres))
  // What is to be tried includes what keys forbid: a view of a site has none.
  await apogee.run(`alter table individu drop constraint individu_pkey; alter table adresse drop constraint adresse_pkey;
    alter table annee_uni drop constraint annee_uni_pkey; drop index ins_adm_etp_key;
    alter table individu alter column cod_ind drop not null; alter table adresse alter column cod_adr drop not null;
    alter table annee_uni alter column cod_anu drop not null`)
  const records = generateUniversity({ students, seed: 'feeds', today: '2026-09-15' })
  const reader = new URL(apogee.url).username
  let aheadMs = 0
  const source = createApogeeSource({
    database: atOurTime(
      postgresDatabase({ url: apogee.url, schema: null, connectMs: 5_000, statementMs: 20_000, batch: 100 }),
      { now: () => later(stage.clock.now(), aheadMs) },
    ),
    clock: stage.clock,
    last: () => lastTaken(stage.rooms.registry.db),
    fullAt: '04:00',
    overlapMs: 2 * hour,
    maxSetAsideShare: 0.01,
    openYears: null,
    demandsYearBefore: true,
  })
  const rooms: Rooms = { ...stage.rooms, source }
  const take = async (whole: boolean): Promise<Reading> => {
    stage.clock.move(minute)
    const reading = await read(rooms, { again: whole })
    await judge(rooms)
    return reading
  }
  const truth = async (): Promise<Reading> => {
    await apogee.fill(records)
    return take(true)
  }
  await truth()
  await activateSome(stage)
  await judge(rooms)
  const before = await havings(stage)

  const stack = opened.move()
  return {
    async tryFeed(seed) {
      const draw = drawFrom(seededChance(`tables ${seed}`))
      const spoiling = draw.pick(databaseSpoilings)
      const { spoil, mend, clockMs = 0 } = spoiling.spoil(draw, reader)
      const whole = draw.happens(0.6)
      await apogee.run(spoil)
      if (!whole) await touch(apogee, draw.below(students))
      aheadMs = clockMs
      const reading = await take(whole).catch((error: unknown) => error as Error)
      const wrong = await misdeeds(stage, before, spoiling.sort, reading, await cancelled(apogee), hasLess)
      aheadMs = 0
      if (mend !== undefined) await apogee.run(mend)
      const healed = await truth()
      if (healed.state !== 'accepted') wrong.push(`the truth was ${JSON.stringify(healed)}`)
      const after = await havings(stage)
      const unhealed = [...before].filter(([number, had]) => hasLess(had, after.get(number)))
      if (unhealed.length > 0)
        wrong.push(`not healed by the truth: ${unhealed.map(([number]) => number).join(', ')}`)
      return { spoiling: spoiling.name, outcome: outcomeOf(reading), wrong }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Some have moved as far as Apogée's dates say, so that a reading of changes finds them. */
async function touch(apogee: TestApogee, most: number): Promise<void> {
  await apogee
    .run(`update ins_adm_etp set dat_mod_iae = '2040-01-01' where cod_ind <= ${most}`)
    // Where the column or the table is gone there is nothing to touch.
    .catch(() => undefined)
}

/** Of whom the tables say, to whoever looks without us, that an enrolment is no longer in progress. */
async function cancelled(apogee: TestApogee): Promise<Set<string>> {
  const rows = await apogee
    .run(
      `select distinct i.cod_etu::text as number from ins_adm_etp e join individu i on i.cod_ind = e.cod_ind
       where e.eta_iae::text in ('A', 'R', 'C')`,
    )
    .catch(() => [])
  return new Set(rows.map(({ number }) => String(number)))
}
