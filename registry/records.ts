import type { Enrolment, Person, StudentRecord } from '../domain/person.ts'
import type { EnrolmentRow, PersonRow } from './tables.ts'

/** A student's record as it goes into the registry: with its digest and what its address is by itself. */
export interface RecordedStudent {
  readonly record: StudentRecord
  readonly digest: string
  readonly address: string | null
  readonly addressCanonical: string | null
  readonly addressState: PersonRow['address_state']
}

/** The columns of a person that the source fills. */
export const personColumns = [
  'ine', 'birth_name', 'usage_name', 'first_name', 'second_name', 'chosen_first_name', 'birth_date', 'sex', 'civility',
  'first_year', 'fixed_address', 'annual_address', 'mobile', 'address', 'address_canonical', 'address_state', 'digest',
] as const // prettier-ignore

/** The row of a record's person, without what the registry itself adds. */
export function personRow({ record: { person }, ...student }: RecordedStudent) {
  return {
    number: person.number,
    ine: person.ine,
    birth_name: person.birthName,
    usage_name: person.usageName,
    first_name: person.firstName,
    second_name: person.secondName,
    chosen_first_name: person.chosenFirstName,
    birth_date: person.birthDate,
    sex: person.sex,
    civility: person.civility,
    first_year: person.firstYear,
    fixed_address: person.fixedAddress,
    annual_address: person.annualAddress,
    mobile: person.mobile,
    address: student.address,
    address_canonical: student.addressCanonical,
    address_state: student.addressState,
    digest: student.digest,
  }
}

/** What an enrolment is known by. */
export const enrolmentKey = ['number', 'year', 'step', 'step_version', 'occurrence'] as const

/** The columns of an enrolment that the source fills, its key apart. */
export const enrolmentColumns = [
  'diploma', 'component', 'component_label', 'state', 'payment', 'main', 'created_at', 'modified_at', 'cancelled_at',
  'regime', 'sector', 'diploma_type', 'cursus',
] as const // prettier-ignore

/** The row of an enrolment as seen at `at`. */
export function enrolmentRow(enrolment: Enrolment, at: Date): EnrolmentRow {
  const instant = (text: string | null) => (text === null ? null : new Date(text))
  return {
    number: enrolment.number,
    year: enrolment.year,
    step: enrolment.step,
    step_version: enrolment.stepVersion,
    occurrence: enrolment.occurrence,
    diploma: enrolment.diploma,
    component: enrolment.component,
    component_label: enrolment.componentLabel,
    state: enrolment.state,
    payment: enrolment.payment,
    main: enrolment.main,
    created_at: instant(enrolment.createdAt),
    modified_at: instant(enrolment.modifiedAt),
    cancelled_at: instant(enrolment.cancelledAt),
    regime: enrolment.regime,
    sector: enrolment.sector,
    diploma_type: enrolment.diplomaType,
    cursus: enrolment.cursus,
    seen_at: at,
    missing_since: null,
  }
}

/** A person as the domain knows them, from their row. */
export function personOf(row: PersonRow): Person {
  return {
    number: row.number,
    ine: row.ine,
    birthName: row.birth_name,
    usageName: row.usage_name,
    firstName: row.first_name,
    secondName: row.second_name,
    chosenFirstName: row.chosen_first_name,
    birthDate: row.birth_date,
    sex: row.sex,
    civility: row.civility,
    firstYear: row.first_year,
    fixedAddress: row.fixed_address,
    annualAddress: row.annual_address,
    mobile: row.mobile,
  }
}

/** An enrolment as the domain knows it, from its row. */
export function enrolmentOf(row: EnrolmentRow): Enrolment {
  return {
    number: row.number,
    year: row.year,
    step: row.step,
    stepVersion: row.step_version,
    occurrence: row.occurrence,
    diploma: row.diploma,
    component: row.component,
    componentLabel: row.component_label,
    state: row.state,
    payment: row.payment,
    main: row.main,
    createdAt: row.created_at?.toISOString() ?? null,
    modifiedAt: row.modified_at?.toISOString() ?? null,
    cancelledAt: row.cancelled_at?.toISOString() ?? null,
    regime: row.regime,
    sector: row.sector,
    diplomaType: row.diploma_type,
    cursus: row.cursus,
  }
}
