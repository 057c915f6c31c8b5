import type { AccountRow, LetterKind } from '../../registry/tables.ts'

/** again: as it stands now · anew: asked for as if the student had, since a link is never sent twice. */
const again: Partial<Record<LetterKind, 'again' | 'anew'>> = {
  invitation: 'again',
  reminder: 'again',
  reset: 'anew',
  'activation-received': 'again',
  'account-ready': 'again',
  locked: 'again',
}

/** How a letter of this kind may be sent again to whom has this account; null when it may not: what it told was told, is
 *  not true any more, or is not a student's. */
export function resendingOf(
  kind: LetterKind,
  { state, locked }: Pick<AccountRow, 'state' | 'locked'>,
): 'again' | 'anew' | null {
  const tellsOfAccount = kind === 'activation-received' || kind === 'account-ready'
  if (tellsOfAccount && (state !== 'active' || locked)) return null
  if (kind === 'locked' && !locked) return null
  return again[kind] ?? null
}
