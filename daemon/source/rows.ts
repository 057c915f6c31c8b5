import type { Enrolment, EnrolmentState, Person } from '../../domain/person.ts'
import type { SetAsideReason } from '../../domain/snapshot.ts'
import type { EnrolmentColumn, PersonColumn, Positions } from './columns.ts'
import { dayFrom, instantFrom } from './dates.ts'

/** A row read as a fact, or why it could not be. */
export type RowOutcome<Fact> =
  { readonly fact: Fact } | { readonly reason: SetAsideReason; readonly number: string | null }

/** A row of individus.csv as a person. Names and addresses are taken as they stand, however strange: only an
 *  unreadable number, date or year, or a missing birth name, keeps somebody out. Pure. */
export function personFrom(row: readonly string[], positions: Positions): RowOutcome<Person> {
  const cell = (name: PersonColumn): string | null => filled(row, positions, name)
  const code = (name: PersonColumn): string | null => cell(name)?.trim() ?? null

  const number = numberFrom(code('COD_ETU'))
  if (number === null) return { reason: 'NUMBER_UNREADABLE', number: null }
  const birthDate = optional(code('DATE_NAI_IND'), dayFrom)
  if (birthDate === undefined) return { reason: 'DATE_UNREADABLE', number }
  const firstYear = optional(code('DAA_ETB'), yearFrom)
  if (firstYear === undefined) return { reason: 'YEAR_UNREADABLE', number }
  const birthName = cell('LIB_NOM_PAT_IND')
  if (birthName === null) return { reason: 'VALUE_MISSING', number }

  const sex = code('COD_SEX_ETU')
  return {
    fact: {
      number,
      ine: joined(code('COD_NNE_IND'), code('COD_CLE_NNE_IND')),
      birthName,
      usageName: cell('LIB_NOM_USU_IND'),
      firstName: cell('LIB_PR1_IND'),
      secondName: cell('LIB_PR2_IND'),
      chosenFirstName: cell('PRENOM_USAGE'),
      birthDate,
      sex: sex === 'M' || sex === 'F' ? sex : null,
      civility: code('COD_CIV'),
      firstYear,
      fixedAddress: cell('ADR_MAIL'),
      annualAddress: cell('ADR_MAIL_ANNUELLE'),
      mobile: cell('NUM_TEL_PORT'),
    },
  }
}

/** A row of inscriptions.csv as an enrolment. Whether its student is known is not judged here. Pure. */
export function enrolmentFrom(row: readonly string[], positions: Positions): RowOutcome<Enrolment> {
  const code = (name: EnrolmentColumn): string | null => filled(row, positions, name)?.trim() ?? null

  const number = numberFrom(code('COD_ETU'))
  if (number === null) return { reason: 'NUMBER_UNREADABLE', number: null }
  const year = yearFrom(code('COD_ANU') ?? '')
  if (year === null) return { reason: 'YEAR_UNREADABLE', number }
  const state = code('ETA_IAE')
  if (!isState(state)) return { reason: 'STATE_UNKNOWN', number }
  const createdAt = optional(code('DAT_CRE_IAE'), instantFrom)
  const modifiedAt = optional(code('DAT_MOD_IAE'), instantFrom)
  const cancelledAt = optional(code('DAT_ANNUL_RES_IAE'), instantFrom)
  if (createdAt === undefined || modifiedAt === undefined || cancelledAt === undefined) {
    return { reason: 'DATE_UNREADABLE', number }
  }
  const step = code('COD_ETP')
  const stepVersion = code('COD_VRS_VET')
  const occurrence = code('NUM_OCC_IAE')
  if (step === null || stepVersion === null || occurrence === null) return { reason: 'VALUE_MISSING', number }

  return {
    fact: {
      number,
      year,
      step,
      stepVersion,
      occurrence,
      diploma: code('COD_DIP'),
      component: code('COD_CMP'),
      componentLabel: filled(row, positions, 'LIB_CMP'),
      state,
      payment: code('ETA_PMT_IAE'),
      main: code('TEM_IAE_PRM') === 'O',
      createdAt,
      modifiedAt,
      cancelledAt,
      regime: code('COD_RGI'),
      sector: code('COD_SDS'),
      diplomaType: code('COD_TPD_ETB'),
      cursus: code('COD_CUR'),
    },
  }
}

/** The text of a cell as it stands; null when it is empty, blank or has no column. */
function filled(
  row: readonly string[],
  positions: Positions,
  name: PersonColumn | EnrolmentColumn,
): string | null {
  const position = positions.get(name)
  const text = position === undefined ? undefined : row[position]
  return text === undefined || text.trim() === '' ? null : text
}

/** undefined for a value that is there and cannot be read, null for one that is not there. */
function optional(text: string | null, read: (text: string) => string | null): string | null | undefined {
  return text === null ? null : (read(text) ?? undefined)
}

function numberFrom(text: string | null): string | null {
  return text !== null && /^\d{7,8}$/.test(text) ? text : null
}

function yearFrom(text: string): string | null {
  return /^[1-9]\d{3}$/.test(text) ? text : null
}

function isState(text: string | null): text is EnrolmentState {
  return text === 'E' || text === 'A' || text === 'R' || text === 'C'
}

function joined(body: string | null, key: string | null): string | null {
  return body === null || key === null ? null : body + key
}
