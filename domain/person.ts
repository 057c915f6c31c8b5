/** Who somebody is, as the enrolment office recorded it (Apogée: INDIVIDU and ADRESSE). */
export interface Person {
  /** COD_ETU: 7 or 8 digits, as text, never padded. The login, for ever. */
  readonly number: string
  /** COD_NNE_IND and COD_CLE_NNE_IND joined (11 characters), when both are there. */
  readonly ine: string | null
  /** LIB_NOM_PAT_IND, as recorded. */
  readonly birthName: string
  /** LIB_NOM_USU_IND, as recorded. */
  readonly usageName: string | null
  /** LIB_PR1_IND; some people have none. */
  readonly firstName: string | null
  /** LIB_PR2_IND. */
  readonly secondName: string | null
  /** PRENOM_USAGE: the first name somebody goes by. */
  readonly chosenFirstName: string | null
  /** DATE_NAI_IND as `YYYY-MM-DD`. */
  readonly birthDate: string | null
  /** COD_SEX_ETU. */
  readonly sex: 'M' | 'F' | null
  /** COD_CIV, when the feed has it. */
  readonly civility: string | null
  /** DAA_ETB: the year of the first enrolment here. */
  readonly firstYear: string | null
  /** ADR_MAIL: the address of the record. */
  readonly fixedAddress: string | null
  /** ADR_MAIL_ANNUELLE: the address given for the year; it wins when filled. */
  readonly annualAddress: string | null
  /** NUM_TEL_PORT, when the feed has it. */
  readonly mobile: string | null
}

/** E: en cours · A: annulée · R: résiliée · C: en cours de création. */
export type EnrolmentState = 'E' | 'A' | 'R' | 'C'

/** An enrolment at a step, « IAE » (Apogée: INS_ADM_ETP). Unique by (number, year, step, stepVersion, occurrence). */
export interface Enrolment {
  /** COD_ETU of the person enrolled. */
  readonly number: string
  /** COD_ANU: `2026` for 2026-27. */
  readonly year: string
  /** COD_ETP. */
  readonly step: string
  /** COD_VRS_VET. */
  readonly stepVersion: string
  /** NUM_OCC_IAE. */
  readonly occurrence: string
  /** COD_DIP. */
  readonly diploma: string | null
  /** COD_CMP. */
  readonly component: string | null
  /** LIB_CMP. */
  readonly componentLabel: string | null
  readonly state: EnrolmentState
  /** ETA_PMT_IAE; kept, never looked at: payment gives and takes no right. */
  readonly payment: string | null
  /** TEM_IAE_PRM: true for the main step. */
  readonly main: boolean
  /** DAT_CRE_IAE, as an ISO 8601 instant in UTC. */
  readonly createdAt: string | null
  /** DAT_MOD_IAE, likewise. */
  readonly modifiedAt: string | null
  /** DAT_ANNUL_RES_IAE, likewise. */
  readonly cancelledAt: string | null
  /** COD_RGI, COD_SDS, COD_TPD_ETB, COD_CUR, when the feed has them. */
  readonly regime: string | null
  readonly sector: string | null
  readonly diplomaType: string | null
  readonly cursus: string | null
}

/** One person with every enrolment the source holds for them. */
export interface StudentRecord {
  readonly person: Person
  readonly enrolments: readonly Enrolment[]
}

/** The component a student belongs to: that of the main step of the latest year, else of any. */
export function componentOf(
  enrolments: readonly Enrolment[],
): Pick<Enrolment, 'component' | 'componentLabel'> | null {
  let best: Enrolment | null = null
  for (const candidate of enrolments) {
    if (candidate.component === null || candidate.component === '') continue
    if (best === null || rank(candidate) > rank(best)) best = candidate
  }
  return best && { component: best.component, componentLabel: best.componentLabel }
}

/** Unlike for any two enrolments of one person, so that their order of arrival never matters. */
function rank(enrolment: Enrolment): string {
  const step = JSON.stringify([enrolment.step, enrolment.stepVersion, enrolment.occurrence])
  return `${enrolment.year}${enrolment.state === 'E' ? 1 : 0}${enrolment.main ? 1 : 0}${step}`
}
