/** Why a key that somebody else supplies is not taken: there is none · it has not the form of a key · it is that of
 *  somebody else, too · it has served before. */
export const keyFaults = ['missing', 'malformed', 'collision', 'used'] as const
export type KeyFault = (typeof keyFaults)[number]

/** A key as it was given, and as it is compared. */
export interface SuppliedKey {
  readonly given: string
  readonly folded: string
}
