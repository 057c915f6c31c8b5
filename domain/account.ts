/** The life of an account. `locked` stands beside it: any state may be locked.
 *
 *              right seen                activated              right lost
 *      none ───────────────▶ invited ───────────────▶ active ◀──────────────▶ suspended
 *        │                                              ▲      reinstated          │ left long ago
 *        └──────────────────── adopted ─────────────────┤                          ▼
 *                                                       └────── activated ────── closed ──▶ purged
 *                                                          (came back, new key)      forgotten
 *
 *  Somebody who comes back after a purge is invited again, with the same login and the same address.
 *  An invited student who loses the right stays invited: the key sleeps, and wakes with the right. */
export const accountStates = ['none', 'invited', 'active', 'suspended', 'closed', 'purged'] as const
export type AccountState = (typeof accountStates)[number]

export const accountEvents = [
  'invited',
  'adopted',
  'activated',
  'suspended',
  'reinstated',
  'closed',
  'purged',
] as const
export type AccountEvent = (typeof accountEvents)[number]

const moves: Readonly<Record<AccountState, Partial<Record<AccountEvent, AccountState>>>> = {
  none: { invited: 'invited', adopted: 'active' },
  invited: { activated: 'active', adopted: 'active' },
  active: { suspended: 'suspended' },
  suspended: { reinstated: 'active', activated: 'active', closed: 'closed' },
  closed: { activated: 'active', purged: 'purged' },
  purged: { invited: 'invited' },
}

/** The state after an event, or null when the event has no meaning in that state. */
export function next(state: AccountState, event: AccountEvent): AccountState | null {
  return moves[state][event] ?? null
}

/** The states whose accounts have an entry in the directories. */
export const present: readonly AccountState[] = ['active', 'suspended', 'closed']
