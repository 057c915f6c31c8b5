import type { Situation } from './why.ts'

/** Who must act next, so that a call can end with a name: the student, the registrar of the faculty, its support desk,
 *  those who lock accounts, those who operate Matricule, or nobody since it comes by itself. */
export type NextActor = 'student' | 'registrar' | 'support' | 'security' | 'operator' | 'nobody'

/** Read in the same order as the sentence (why.ts), and never saying anything else. */
export function nextActor(situation: Situation): NextActor {
  const { right, state, locked, address, key, invitation, late, held } = situation
  if (locked) return 'security'
  if (held !== null) return 'operator'
  if (right.kind === 'none') return 'registrar'
  if (address === 'shared') return 'student'
  if (state === 'active') {
    if (late.length > 0) return 'nobody'
    if (right.kind === 'grace') return 'student'
    return address === 'usable' ? 'student' : 'registrar'
  }
  if (right.kind === 'grace') return 'registrar'
  if (situation.keyFault !== null) return 'operator'
  if (situation.birthDateMissing) return 'registrar'
  if (key === 'none') return 'nobody'
  if (address !== 'usable') return 'registrar'
  if (invitation === 'sent') return 'student'
  if (invitation === 'refused' || invitation === 'bounced') return 'registrar'
  return 'nobody'
}
