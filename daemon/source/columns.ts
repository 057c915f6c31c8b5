/** The columns of the two files of the feed, by their names in Apogée. Order in a file is free, others are ignored. */
export interface FileColumns {
  readonly required: readonly string[]
  /** Used when there. */
  readonly optional: readonly string[]
}

export const personColumns = {
  required: [
    'COD_ETU',
    'COD_NNE_IND',
    'COD_CLE_NNE_IND',
    'LIB_NOM_PAT_IND',
    'LIB_NOM_USU_IND',
    'LIB_PR1_IND',
    'LIB_PR2_IND',
    'DATE_NAI_IND',
    'COD_SEX_ETU',
    'DAA_ETB',
    'ADR_MAIL',
  ],
  optional: ['ADR_MAIL_ANNUELLE', 'COD_CIV', 'NUM_TEL_PORT', 'PRENOM_USAGE'],
} as const satisfies FileColumns

export const enrolmentColumns = {
  required: [
    'COD_ETU',
    'COD_ANU',
    'COD_ETP',
    'COD_VRS_VET',
    'NUM_OCC_IAE',
    'COD_DIP',
    'COD_CMP',
    'LIB_CMP',
    'ETA_IAE',
    'ETA_PMT_IAE',
    'TEM_IAE_PRM',
    'DAT_CRE_IAE',
    'DAT_MOD_IAE',
    'DAT_ANNUL_RES_IAE',
  ],
  optional: ['COD_RGI', 'COD_SDS', 'COD_TPD_ETB', 'COD_CUR'],
} as const satisfies FileColumns

export type PersonColumn = (typeof personColumns.required)[number] | (typeof personColumns.optional)[number]
export type EnrolmentColumn =
  (typeof enrolmentColumns.required)[number] | (typeof enrolmentColumns.optional)[number]

/** Where each column stands in the rows of one file. */
export type Positions = ReadonlyMap<string, number>

/** Where the columns we use stand, from a header line; else the names that are missing or there twice. */
export function positionsOf(
  header: readonly string[],
  columns: FileColumns,
): {
  readonly positions: Positions
  readonly missing: readonly string[]
  readonly repeated: readonly string[]
} {
  const names = header.map((name) => name.trim())
  const known = [...columns.required, ...columns.optional]
  return {
    positions: new Map(
      known.filter((name) => names.includes(name)).map((name) => [name, names.indexOf(name)]),
    ),
    missing: columns.required.filter((name) => !names.includes(name)),
    repeated: known.filter((name) => names.indexOf(name) !== names.lastIndexOf(name)),
  }
}
