/** The statement of accessibility, in the order that the French rules set (RGAA, model of the declaration). */
export interface AccessibilityTexts {
  title: string
  sections: readonly { title: string; body: readonly string[]; list?: readonly string[] }[]
  contactsTitle: string
  contactsLead: string
  remedyTitle: string
  remedyLead: string
  remedies: readonly { words: string; href: string | null; link: string | null }[]
}

/** Pages of the Défenseur des droits, to whom a person left without an answer can turn. */
export const defender = {
  form: 'https://formulaire.defenseurdesdroits.fr/',
  delegates: 'https://www.defenseurdesdroits.fr/saisir/delegues',
} as const

/** The pages that the statement covers and an audit would sample. */
export const covered = '/creation-motdepasse/'
