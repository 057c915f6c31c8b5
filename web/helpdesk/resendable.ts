import type { LetterKind } from '../../registry/tables.ts'

/** again: as it stands now · anew: asked for as if the student had, since a link is never sent twice. */
const again: Partial<Record<LetterKind, 'again' | 'anew'>> = {
  invitation: 'again',
  reminder: 'again',
  reset: 'anew',
  'activation-received': 'again',
  'account-ready': 'again',
  locked: 'again',
}

/** How a letter of this kind may be sent again; null when it may not: what it told was told, or is not a student's. */
export function resendingOf(kind: LetterKind): 'again' | 'anew' | null {
  return again[kind] ?? null
}

export function maySendAgain(kind: LetterKind): boolean {
  return resendingOf(kind) !== null
}
