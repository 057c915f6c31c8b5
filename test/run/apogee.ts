import pg from 'pg'
import { sinceText } from '../../daemon/source/database/cadence.ts'
import type { SourceDatabase } from '../../daemon/source/database/database.ts'
import type { Enrolment, StudentRecord } from '../../domain/person.ts'
import type { Clock } from '../../platform/clock.ts'
import { bareDatabase } from './servers/database.ts'

/** Apogée's tables in a PostgreSQL database, with the types that they have there (facts on Apogée: lengths, NUMBER, CHAR,
 *  DATE to the second in local time). Keys and indexes as far as a reading needs them. */
const tables = `
  create table annee_uni (cod_anu varchar(4) primary key, lib_anu varchar(40), eta_anu_iae char(1), eta_anu_res char(1));
  create table individu (
    cod_ind numeric(8) primary key, cod_etu numeric(8), cod_nne_ind varchar(10), cod_cle_nne_ind varchar(1),
    lib_nom_pat_ind char(30), lib_nom_usu_ind varchar(30), lib_pr1_ind varchar(20), lib_pr2_ind varchar(20),
    date_nai_ind timestamp(0), cod_sex_etu char(1), cod_civ varchar(4), daa_etb varchar(4),
    dat_cre_ind timestamp(0), dat_mod_ind timestamp(0), prenom_usage varchar(20));
  create index on individu (cod_etu);
  create table adresse (
    cod_adr numeric(10) primary key, cod_ind numeric(8), cod_ind_ina numeric(8), cod_anu_ina varchar(4),
    adr_mail varchar(200), num_tel_port varchar(15));
  create index on adresse (cod_ind);
  create index on adresse (cod_ind_ina);
  create table ins_adm_etp (
    cod_anu varchar(4), cod_ind numeric(8), cod_etp varchar(8), cod_vrs_vet numeric(3), num_occ_iae numeric(2),
    cod_dip varchar(7), cod_cmp char(3), eta_iae char(1), eta_pmt_iae char(1), tem_iae_prm char(1),
    dat_cre_iae timestamp(0), dat_mod_iae timestamp(0), dat_annul_res_iae timestamp(0));
  create unique index ins_adm_etp_key on ins_adm_etp (cod_anu, cod_ind, cod_etp, cod_vrs_vet, num_occ_iae);
  create index on ins_adm_etp (cod_ind);
  create table composante (cod_cmp char(3) primary key, lib_cmp varchar(40));
  create table ins_adm_anu (cod_anu varchar(4), cod_ind numeric(8), cod_rgi varchar(2), primary key (cod_anu, cod_ind));
  create table diplome (cod_dip varchar(7) primary key, cod_sds varchar(4), cod_tpd_etb varchar(4));
  create table etape (cod_etp varchar(8) primary key, cod_cur varchar(3));`

/** An Apogée of its own, read by an account that may only read. */
export interface TestApogee extends AsyncDisposable {
  /** As the account that reads. */
  readonly url: string
  /** Runs SQL as the owner of the tables. */
  run(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Takes out everybody and puts these in, with 2025 and 2026, of which the latter is open. */
  fill(records: readonly StudentRecord[], openYears?: readonly string[]): Promise<void>
}

/** On the PostgreSQL of this run of tests, or on the one at `address`. */
export async function openApogee(address?: string): Promise<TestApogee> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await bareDatabase(address))
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  opened.defer(() => owner.end())
  const reader = `reader_${new URL(database.url).pathname.slice(1)}`
  opened.defer(async () => {
    await owner.query(`drop owned by ${reader}; drop role ${reader}`)
  })
  await owner.query(`${tables}
    create role ${reader} login;
    grant select on all tables in schema public to ${reader}`)
  const stack = opened.move()
  return {
    url: Object.assign(new URL(database.url), { username: reader }).href,
    run: async (sql, values) =>
      (await owner.query<Record<string, unknown>>(sql, values === undefined ? [] : [...values])).rows,
    fill: (records, openYears = ['2026']) => fill(owner, records, openYears),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function fill(
  client: pg.Client,
  records: readonly StudentRecord[],
  openYears: readonly string[],
): Promise<void> {
  const years = [...new Set(['2024', '2025', '2026', ...openYears])]
  const enrolments = records.flatMap((record) => record.enrolments)
  const numbered = new Map(records.map(({ person }, index) => [person.number, index + 1]))
  const rows = {
    annee_uni: years.map((cod_anu) => ({ cod_anu, eta_anu_iae: openYears.includes(cod_anu) ? 'O' : 'N' })),
    individu: records.map(({ person }, index) => ({
      cod_ind: index + 1,
      cod_etu: person.number,
      cod_nne_ind: person.ine?.slice(0, -1) ?? null,
      cod_cle_nne_ind: person.ine?.slice(-1) ?? null,
      lib_nom_pat_ind: person.birthName,
      lib_nom_usu_ind: person.usageName,
      lib_pr1_ind: person.firstName,
      lib_pr2_ind: person.secondName,
      date_nai_ind: person.birthDate,
      cod_sex_etu: person.sex,
      cod_civ: person.civility,
      daa_etb: person.firstYear,
      prenom_usage: person.chosenFirstName,
      dat_cre_ind: '2020-07-08 10:00:00',
    })),
    adresse: records.flatMap(({ person }, index) => [
      { cod_adr: 2 * index, cod_ind: index + 1, adr_mail: person.fixedAddress, num_tel_port: person.mobile },
      {
        cod_adr: 2 * index + 1,
        cod_ind_ina: index + 1,
        cod_anu_ina: openYears.at(-1) ?? '2026',
        adr_mail: person.annualAddress,
      },
    ]),
    ins_adm_etp: enrolments.map((each) => enrolmentRow(each, numbered.get(each.number) ?? 0)),
    composante: distinct(enrolments, ({ component, componentLabel }) =>
      component === null ? null : { cod_cmp: component, lib_cmp: componentLabel },
    ),
    ins_adm_anu: distinct(enrolments, ({ year, number, regime }) =>
      regime === null ? null : { cod_anu: year, cod_ind: numbered.get(number), cod_rgi: regime },
    ),
    diplome: distinct(enrolments, ({ diploma, sector, diplomaType }) =>
      diploma === null ? null : { cod_dip: diploma, cod_sds: sector, cod_tpd_etb: diplomaType },
    ),
    etape: distinct(enrolments, ({ step, cursus }) => ({ cod_etp: step, cod_cur: cursus })),
  }
  await client.query('begin')
  try {
    for (const [table, each] of Object.entries(rows)) {
      await client.query(`delete from ${table}`)
      await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
        JSON.stringify(each),
      ])
    }
  } catch (error) {
    await client.query('rollback')
    throw error
  }
  await client.query('commit')
  await client.query('analyze')
}

function enrolmentRow(each: Enrolment, person: number) {
  return {
    cod_anu: each.year,
    cod_ind: person,
    cod_etp: each.step,
    cod_vrs_vet: each.stepVersion,
    num_occ_iae: each.occurrence,
    cod_dip: each.diploma,
    cod_cmp: each.component,
    eta_iae: each.state,
    eta_pmt_iae: each.payment,
    tem_iae_prm: each.main ? 'O' : 'N',
    dat_cre_iae: local(each.createdAt),
    dat_mod_iae: local(each.modifiedAt),
    dat_annul_res_iae: local(each.cancelledAt),
  }
}

/** As Apogée keeps it: local time, without a word of the zone. */
function local(instant: string | null): string | null {
  if (instant === null) return null
  const [, day, month, year, time] = /^(\d\d)\/(\d\d)\/(\d{4}) (.*)$/.exec(sinceText(new Date(instant))) ?? []
  return `${year}-${month}-${day} ${time}`
}

/** One row for each first column. */
function distinct<Row extends object>(
  enrolments: readonly Enrolment[],
  rowOf: (enrolment: Enrolment) => Row | null,
): Row[] {
  const rows = new Map<string, Row>()
  for (const each of enrolments) {
    const row = rowOf(each)
    if (row === null) continue
    const keys = Object.values(row).slice(0, Object.keys(row).length > 2 && 'cod_rgi' in row ? 2 : 1)
    if (!rows.has(keys.join())) rows.set(keys.join(), row)
  }
  return [...rows.values()]
}

/** A database whose clock shows what ours does. */
export function atOurTime(database: SourceDatabase, clock: Pick<Clock, 'now'>): SourceDatabase {
  return {
    describe: () => database.describe(),
    visit: (wanted, act, signal) =>
      database.visit(
        wanted,
        ({ query }, columns) =>
          act(
            {
              query: (text, values) =>
                query(
                  text.replace('current_timestamp', `timestamptz '${clock.now().toISOString()}'`),
                  values,
                ),
            },
            columns,
          ),
        signal,
      ),
  }
}
