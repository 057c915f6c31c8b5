import type { KeyFault, SuppliedKey } from '../../domain/supplied-key.ts'

/** Who makes activation keys, where it is not this house (rules: the key, « supplied by Apogée instead »). */
export interface ActivationKeySource {
  /** Every key there is, by student number, or why it cannot be taken. Rejects with IdentityError KEYS_UNREADABLE or
   *  `FEED_…` when nothing can be said. */
  keys(): Promise<ReadonlyMap<string, SuppliedKey | KeyFault>>
}
