/** The staff of the demonstration: one for each role, and one who sees a single faculty. */
export interface DemoStaff {
  readonly id: string
  readonly name: string
  /** What they do, for whoever chooses among them. */
  readonly does: string
  readonly roles: readonly string[]
  /** Faculties they may see; absent: all. */
  readonly faculties?: readonly string[]
}

export const demoStaff: readonly DemoStaff[] = [
  {
    id: 'support',
    name: 'Sacha Martin',
    does: 'cellule support : répondre aux étudiants, communiquer une clef',
    roles: ['support'],
  },
  {
    id: 'registrar',
    name: 'Camille Bernard',
    does: 'scolarité : adresses à corriger',
    roles: ['registrar'],
  },
  {
    id: 'security',
    name: 'Dominique Petit',
    does: 'sécurité : verrouiller et déverrouiller un compte',
    roles: ['security'],
  },
  {
    id: 'operator',
    name: 'Claude Moreau',
    does: 'exploitation : approuver ce qui attend',
    roles: ['operator'],
  },
  {
    id: 'support-lettres',
    name: 'Alix Girard',
    does: 'cellule support de la seule faculté des Lettres',
    roles: ['support'],
    faculties: ['lettres'],
  },
]
