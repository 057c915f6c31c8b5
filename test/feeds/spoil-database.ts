import type { Draw } from '../../demo/university/draw.ts'
import type { Sort } from './havings.ts'

/** One way in which the tables of a source go wrong, or only say the same otherwise. */
export interface DatabaseSpoiling {
  readonly name: string
  readonly sort: Sort
  /** SQL that does it, and SQL that undoes what filling the tables anew does not. `reader` is the account that reads. */
  spoil(
    draw: Draw,
    reader: string,
  ): { readonly spoil: string; readonly mend?: string; readonly clockMs?: number }
}

const tables = ['individu', 'adresse', 'annee_uni', 'ins_adm_etp'] as const
const references = ['composante', 'ins_adm_anu', 'diplome', 'etape'] as const

/** Columns that a row can lose, those of keys included. */
const columns = {
  individu: [
    'cod_etu', 'cod_nne_ind', 'cod_cle_nne_ind', 'lib_nom_pat_ind', 'lib_nom_usu_ind', 'lib_pr1_ind', 'date_nai_ind',
    'cod_sex_etu', 'daa_etb', 'dat_mod_ind', 'cod_ind',
  ],
  adresse: ['cod_ind', 'cod_ind_ina', 'cod_anu_ina', 'adr_mail', 'cod_adr'],
  annee_uni: ['cod_anu', 'eta_anu_iae'],
  ins_adm_etp: [
    'cod_anu', 'cod_ind', 'cod_etp', 'cod_vrs_vet', 'num_occ_iae', 'cod_dip', 'cod_cmp', 'eta_iae', 'eta_pmt_iae',
    'tem_iae_prm', 'dat_cre_iae', 'dat_mod_iae', 'dat_annul_res_iae',
  ],
} as const // prettier-ignore

/** A share of rows, from none to all, the same for a seed: the rows are numbered by where they lie. */
function some(draw: Draw, most = 100): string {
  const share = draw.below(most + 1)
  return `(hashtext(ctid::text || '${draw.below(1_000_000)}') % 100 + 100) % 100 < ${share}`
}

function said(name: string, sort: Sort, sql: (draw: Draw) => string): DatabaseSpoiling {
  return { name, sort, spoil: (draw) => ({ spoil: sql(draw) }) }
}

/** A view in the place of a table. */
function viewed(name: string, where: (draw: Draw, table: string) => string): DatabaseSpoiling {
  return {
    name,
    sort: 'wrong',
    spoil(draw, reader) {
      const table = draw.pick(tables)
      return {
        spoil: `alter table ${table} rename to ${table}_real;
          create view ${table} as select * from ${table}_real where ${where(draw, table)};
          grant select on ${table} to ${reader}`,
        mend: `drop view ${table}; alter table ${table}_real rename to ${table}`,
      }
    },
  }
}

const enrolmentColumns = columns.ins_adm_etp.join(', ')

export const databaseSpoilings: readonly DatabaseSpoiling[] = [
  said('rows lost', 'wrong', (draw) => {
    const table = draw.pick(tables)
    return `delete from ${table} where ${some(draw)}`
  }),
  said('half the table', 'wrong', (draw) => `delete from ${draw.pick(tables)} where ${some(draw, 50)}`),
  viewed('a view with a false predicate: the query succeeds, and shows nobody', () => 'false'),
  viewed('a view that shows a part', (draw, table) => {
    const column = draw.pick(columns[table as keyof typeof columns])
    return draw.pick([`${column} is null`, `${column} is not null`, `hashtext(${column}::text) % 2 = 0`])
  }),
  said('a column null', 'wrong', (draw) => {
    const table = draw.pick(tables)
    return `update ${table} set ${draw.pick(columns[table])} = null where ${some(draw)}`
  }),
  {
    name: 'a right revoked',
    sort: 'wrong',
    spoil(draw, reader) {
      const table = draw.pick([...tables, ...references])
      return {
        spoil: `revoke select on ${table} from ${reader}`,
        mend: `grant select on ${table} to ${reader}`,
      }
    },
  },
  {
    name: 'a right lost row by row: the query succeeds, and shows nobody',
    sort: 'wrong',
    spoil(draw) {
      const table = draw.pick(tables)
      return {
        spoil: `alter table ${table} enable row level security`,
        mend: `alter table ${table} disable row level security`,
      }
    },
  },
  {
    name: 'a table missing',
    sort: 'wrong',
    spoil(draw) {
      const table = draw.pick(tables)
      return {
        spoil: `alter table ${table} rename to ${table}_away`,
        mend: `alter table ${table}_away rename to ${table}`,
      }
    },
  },
  {
    name: 'a column missing',
    sort: 'wrong',
    spoil(draw) {
      const table = draw.pick(tables)
      const column = draw.pick(columns[table])
      return {
        spoil: `alter table ${table} rename column ${column} to away`,
        mend: `alter table ${table} rename column away to ${column}`,
      }
    },
  },
  {
    name: 'two columns swapped',
    sort: 'wrong',
    spoil(draw) {
      const table = draw.pick(['individu', 'ins_adm_etp'] as const)
      const one = draw.pick(columns[table])
      const other = draw.pick(columns[table].filter((column) => column !== one))
      const swap = `alter table ${table} rename column ${one} to away;
        alter table ${table} rename column ${other} to ${one}; alter table ${table} rename column away to ${other}`
      return { spoil: swap, mend: swap }
    },
  },
  said('a year lost', 'wrong', (draw) => {
    const year = draw.pick(['2024', '2025', '2026'])
    return `delete from ${draw.pick(['ins_adm_etp', 'annee_uni'])} where cod_anu = '${year}'`
  }),
  said('another year in each row', 'wrong', (draw) => {
    const year = draw.pick(['2019', '2025', '2027', '0000', 'abcd', ''])
    return `update ins_adm_etp set cod_anu = '${year}' where ${some(draw)}`
  }),
  said('people twice', 'wrong', (draw) => {
    const state = draw.pick(['E', 'A', 'R', 'C', 'X'])
    return `insert into individu select cod_ind + 50000, cod_etu, cod_nne_ind, cod_cle_nne_ind, lib_nom_pat_ind,
        lib_nom_usu_ind, lib_pr1_ind, lib_pr2_ind, date_nai_ind from individu where ${some(draw)};
      insert into ins_adm_etp (${enrolmentColumns}) select cod_anu, cod_ind + 50000, cod_etp, cod_vrs_vet, num_occ_iae,
        cod_dip, cod_cmp, '${state}', eta_pmt_iae, tem_iae_prm, dat_cre_iae, dat_mod_iae, dat_annul_res_iae
        from ins_adm_etp where cod_ind + 50000 in (select cod_ind from individu)`
  }),
  said('enrolments twice, and in another state', 'wrong', (draw) => {
    const state = draw.pick([`'A'`, `'R'`, `'E'`, 'eta_iae'])
    return `insert into ins_adm_etp (${enrolmentColumns}) select cod_anu, cod_ind, cod_etp, cod_vrs_vet, num_occ_iae,
      cod_dip, cod_cmp, ${state}, eta_pmt_iae, tem_iae_prm, dat_cre_iae, dat_mod_iae, dat_annul_res_iae
      from ins_adm_etp where ${some(draw)}`
  }),
  said('addresses twice', 'harmless', (draw) => {
    return `insert into adresse select cod_adr - 90000, cod_ind, cod_ind_ina, cod_anu_ina, 'old@example.org'
      from adresse where cod_ind is not null and ${some(draw)}`
  }),
  said('addresses of others', 'wrong', (draw) => {
    return `update adresse set cod_ind = cod_ind + ${1 + draw.below(10)}, cod_ind_ina = cod_ind_ina + 1`
  }),
  said('dates that cannot be', 'wrong', (draw) => {
    const date = draw.pick(['0001-01-01', '0001-01-01 BC', '20026-01-01', 'infinity', '-infinity'])
    const [table, column] = draw.pick([
      ['individu', 'date_nai_ind'],
      ['individu', 'dat_mod_ind'],
      ['ins_adm_etp', 'dat_cre_iae'],
      ['ins_adm_etp', 'dat_mod_iae'],
      ['ins_adm_etp', 'dat_annul_res_iae'],
    ])
    return `update ${table} set ${column} = '${date}' where ${some(draw)}`
  }),
  said('numbers that cannot be', 'wrong', (draw) => {
    const number = draw.pick([
      '123',
      '0',
      '-21100001',
      '99999999',
      '(random() * 99999999)::int',
      'cod_etu + 1',
    ])
    return `update individu set cod_etu = ${number} where ${some(draw)}`
  }),
  said('people joined to others’ enrolments', 'wrong', (draw) => {
    return `update ins_adm_etp set cod_ind = ${draw.pick(['cod_ind + 1', '1', 'cod_ind + 90000'])} where ${some(draw)}`
  }),
  said('states that nobody knows', 'wrong', (draw) => {
    return `update ins_adm_etp set eta_iae = '${draw.pick(['', 'X', 'e', 'P', '1'])}' where ${some(draw)}`
  }),
  said(
    'state and payment swapped',
    'wrong',
    () => 'update ins_adm_etp set eta_iae = eta_pmt_iae, eta_pmt_iae = eta_iae',
  ),
  said('everybody marked as a double', 'wrong', (draw) => {
    return `update individu set lib_pr1_ind = 'DOUBLONS' where ${some(draw)}`
  }),
  said('the years say something else', 'wrong', (draw) => {
    return draw.pick([
      `update annee_uni set eta_anu_iae = 'N'`,
      `update annee_uni set eta_anu_iae = 'O'`,
      `update annee_uni set eta_anu_iae = case cod_anu when '2025' then 'O' else 'N' end`,
      `delete from annee_uni`,
      `delete from annee_uni where eta_anu_iae = 'O'`,
      `update annee_uni set cod_anu = '20' where eta_anu_iae = 'O'`,
      `insert into annee_uni (cod_anu, eta_anu_iae) values ('2027', 'O')`,
      `insert into annee_uni (cod_anu, eta_anu_iae) values ('26', 'O'), ('', 'O'), ('abcd', 'O')`,
    ])
  }),
  {
    name: 'a clock that is wrong',
    sort: 'wrong',
    spoil: (draw) => ({
      spoil: 'select 1',
      clockMs: draw.pick([-86_400_000, -3_600_000, 7_200_000, 86_400_000_000]),
    }),
  },
  said('everybody has cancelled at once', 'wrong', (draw) => {
    const state = draw.pick(['A', 'R', 'C'])
    return `update ins_adm_etp set eta_iae = '${state}' where hashtext(ctid::text) % 10 < ${1 + draw.below(9)}`
  }),
  said('some have cancelled', 'told', (draw) => {
    return `update ins_adm_etp set eta_iae = '${draw.pick(['A', 'R'])}' where ctid in (
      select ctid from ins_adm_etp order by hashtext(ctid::text || '${draw.below(1_000)}') limit 10)`
  }),
  said('rows in another order, more columns, and more people', 'harmless', (draw) => {
    return `update individu set lib_pr2_ind = lib_pr2_ind where ${some(draw)};
      update ins_adm_etp set eta_iae = eta_iae where ${some(draw)};
      insert into individu (cod_ind, cod_etu, lib_nom_pat_ind) select 60000 + n, 29000000 + n, 'ANCIEN'
        from generate_series(1, ${draw.below(100)}) n`
  }),
  said('older years', 'harmless', () => {
    return `insert into ins_adm_etp (${enrolmentColumns}) select '2019', cod_ind, cod_etp, cod_vrs_vet, num_occ_iae,
      cod_dip, cod_cmp, 'A', eta_pmt_iae, tem_iae_prm, dat_cre_iae, dat_mod_iae, dat_annul_res_iae
      from ins_adm_etp where cod_anu = '2025'`
  }),
]
