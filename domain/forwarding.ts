import type { AddressState } from './address.ts'

/** What decides where a mailbox forwards to. */
export interface ForwardingFacts {
  /** Setting `zimbra.forward_by_default`. */
  readonly byDefault: boolean
  /** The effective personal address, and whether it may be written to. */
  readonly address: string | null
  readonly addressState: AddressState
  /** What we last set; undefined before we ever did. */
  readonly remembered: string | null | undefined
  /** What the mailbox has now; null: it forwards nowhere. */
  readonly found: string | null
}

/** Where a mailbox must forward to, a local copy being kept (guide: « la redirection depuis votre adresse électronique
 *  Sorbonne Université vers votre adresse mail personnelle sera effectuée automatiquement »); null: nowhere. Once the
 *  student has chosen otherwise, in the webmail, it is theirs: what is found is what must be. */
export function forwardingOf(facts: ForwardingFacts): string | null {
  const { byDefault, address, addressState, remembered, found } = facts
  const ours = remembered === undefined ? found === null : found === remembered
  if (!ours) return found
  return byDefault && addressState === 'usable' ? address : null
}
