import type { Enrolment } from './person.ts'
import type { Holder } from './profile.ts'

/** A composite value: `[key=value]…` in the order given, which is normative; empty keys are left out, and `]`
 *  cannot stand inside a value (SupAnn 2021). */
export function composite(pairs: readonly (readonly [key: string, value: string | null])[]): string {
  return pairs
    .filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== '')
    .map(([key, value]) => `[${key}=${value.replaceAll(']', ')')}]`)
    .join('')
}

/** A labelled value: `{LABEL}value`; braces cannot stand inside the value. */
export function labelled(label: string, value: string | null): string | null {
  const plain = value?.replace(/[{}]/g, '') ?? ''
  return plain === '' ? null : `{${label}}${plain}`
}

/** supannEtuInscription of one enrolment. Keys in their normative order; what is mandatory and unknown is `{INCONNU}`. */
export function enrolmentValue(enrolment: Enrolment, establishment: string): string {
  return composite([
    ['etab', labelled('UAI', establishment)],
    ['anneeinsc', enrolment.year],
    ['regimeinsc', labelled('SISE', enrolment.regime) ?? '{INCONNU}'],
    ['sectdisc', labelled('SISE', enrolment.sector) ?? '{INCONNU}'],
    ['typedip', labelled('SISE', enrolment.diplomaType) ?? '{INCONNU}'],
    ['cursusann', labelled('SUPANN', enrolment.cursus) ?? '{INCONNU}'],
    ['affect', enrolment.component],
    ['diplome', labelled(`UAI:${establishment}`, enrolment.diploma)],
    ['etape', stepValue(enrolment, establishment)],
  ])
}

/** A step as a labelled value local to the establishment: `{UAI:0755890V}CODE-VERSION`. */
export function stepValue({ step, stepVersion }: Enrolment, establishment: string): string | null {
  return labelled(`UAI:${establishment}`, `${step}-${stepVersion}`)
}

/** supannRessourceEtatDate: `{RESOURCE}STATE:SUBSTATE:START:END`, three colons always (rules: accounts), of the account
 *  and, once there is one, of the mailbox: by that Zimbra knows whom it need not make one for (docs/zimbra.md). */
export function resourceStates(holder: Holder): string[] {
  const state = resourceState(holder)
  return [`{COMPTE}${state}`, ...(holder.hasMailbox ? [`{MAIL}${state}`] : [])]
}

function resourceState({ state, locked, right, graceUntil }: Holder): string {
  if (state === 'closed') return 'I:SupannSupprDonnees::'
  if (locked) return 'S:SupannVerrouTechnique::'
  if (state === 'suspended') return 'I:SupannExpire::'
  if (right.kind === 'grace') return `A:SupannSursis::${(graceUntil ?? '').replaceAll('-', '')}`
  return 'A:SupannActif::'
}

/** The European Student Identifier: by INE in the name space of the country, by number in ours where there is none. */
export function studentIdentifier(ine: string | null, number: string, scope: string): string {
  const prefix = 'urn:schac:personalUniqueCode:int:esi'
  return ine === null ? `${prefix}:${scope}:${number}` : `${prefix}:fr:${ine}`
}

/** M. or Mme: the civility of the record, else by sex. */
export function civility(recorded: string | null, sex: 'M' | 'F' | null): string | null {
  if (recorded === '1') return 'M.'
  if (recorded === '2' || recorded === '3') return 'Mme'
  return sex === 'M' ? 'M.' : sex === 'F' ? 'Mme' : null
}
