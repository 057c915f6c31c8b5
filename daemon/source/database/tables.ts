import { IdentityError } from '../../../platform/error.ts'
import { optionalColumns } from './text.ts'

/** What must be there, by table (docs/apogee.md). */
export const requiredColumns: Readonly<Record<string, readonly string[]>> = {
  INDIVIDU: [
    'COD_IND', 'COD_ETU', 'COD_NNE_IND', 'COD_CLE_NNE_IND', 'LIB_NOM_PAT_IND', 'LIB_NOM_USU_IND', 'LIB_PR1_IND',
    'LIB_PR2_IND', 'DATE_NAI_IND', 'COD_SEX_ETU', 'DAA_ETB', 'DAT_MOD_IND',
  ],
  ADRESSE: ['COD_ADR', 'COD_IND', 'COD_IND_INA', 'COD_ANU_INA', 'ADR_MAIL'],
  ANNEE_UNI: ['COD_ANU', 'ETA_ANU_IAE'],
  INS_ADM_ETP: [
    'COD_ANU', 'COD_IND', 'COD_ETP', 'COD_VRS_VET', 'NUM_OCC_IAE', 'COD_DIP', 'COD_CMP', 'ETA_IAE', 'ETA_PMT_IAE',
    'TEM_IAE_PRM', 'DAT_CRE_IAE', 'DAT_MOD_IAE', 'DAT_ANNUL_RES_IAE',
  ],
} // prettier-ignore

/** Every table that is looked at. */
export function tablesOf(text: string): string[] {
  const optional = optionalColumns(text).map((column) => column.split('.')[0] ?? '')
  return [...new Set([...Object.keys(requiredColumns), ...optional])]
}

/** Refuses with `FEED_MISSING` when a table that we need is not there, with `FEED_HEADER` when a column is not; both name
 *  all that is missing. */
export function demandColumns(where: string, columns: ReadonlyMap<string, ReadonlySet<string>>): void {
  const tables = Object.keys(requiredColumns).filter((table) => !columns.has(table))
  if (tables.length > 0) {
    throw new IdentityError(
      'FEED_MISSING',
      `${where}: ${tables.join(', ')} cannot be read: not there, or not granted to our account`,
      { details: { tables } },
    )
  }
  const missing = Object.entries(requiredColumns).flatMap(([table, names]) =>
    names.filter((name) => columns.get(table)?.has(name) !== true).map((name) => `${table}.${name}`),
  )
  if (missing.length > 0) {
    throw new IdentityError('FEED_HEADER', `${where} lacks the columns ${missing.join(', ')}`, {
      details: { missing },
    })
  }
}
