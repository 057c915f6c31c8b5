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

/** What we remember of the forwarding of one mailbox, written down before the mailbox is told. */
export interface ForwardingMemory {
  /** What we last set; null: nowhere. */
  readonly address: string | null
  /** We do not know yet whether the mailbox has taken it, or still has what it had `before`. */
  readonly unsure: boolean
  readonly before: string | null
  /** What the student had chosen when we turned forwarding off with the account, to be given back (empty: nowhere); null
   *  when they had left it to us. */
  readonly chosen: string | null
  /** We turned it off with the account, and it is not sure yet to be on again. */
  readonly off: boolean
}

/** Forwarding as a mailbox has it. */
export interface Forwarding {
  readonly address: string | null
  /** Whether the mailbox itself is barred from forwarding. */
  readonly barred: boolean
}

/** What forwarding must be. `wanted` is what the house sets by itself. While the account is shut to its student (`off`)
 *  nothing is forwarded and the mailbox is barred; when it opens again, a student who had chosen has that choice back. A
 *  bar that is not ours stays, and what stands behind it. */
export function forwardingNow(
  { wanted, off }: { readonly wanted: string | null; readonly off: boolean },
  found: Forwarding,
  memory: ForwardingMemory | undefined,
): Forwarding {
  if (off) return { address: null, barred: true }
  const chosen = memory?.chosen ?? null
  if (found.barred) {
    if (!memory?.off) return found
    return { address: chosen === null ? wanted : chosen || null, barred: false }
  }
  if (chosen !== null) return found
  const address = forwardingOf({
    byDefault: wanted !== null,
    address: wanted,
    addressState: wanted === null ? 'missing' : 'usable',
    remembered: rememberedOf(found, memory),
    found: found.address,
  })
  return { address, barred: false }
}

/** What is to be remembered before a mailbox is told to forward otherwise; undefined when it is told nothing. */
export function remembering(
  found: Forwarding,
  told: Forwarding,
  memory: ForwardingMemory | undefined,
): ForwardingMemory | undefined {
  if (told.address === found.address && told.barred === found.barred) return undefined
  const kept = memory?.chosen ?? null
  const goesOn = found.barred && memory?.off === true
  const chosen = goesOn ? kept : told.barred ? choiceOf(found, memory) : null
  return { address: told.address, unsure: true, before: found.address, chosen, off: told.barred || goesOn }
}

/** What is to be remembered once a mailbox is seen to have what it was told; undefined while it has not, or when that was
 *  known. */
export function confirmed(
  found: Forwarding,
  memory: ForwardingMemory | undefined,
): ForwardingMemory | undefined {
  if (memory?.unsure !== true || memory.address !== found.address) return undefined
  return { ...memory, unsure: false, before: null, off: memory.off && found.barred }
}

/** What the student has chosen, as it is kept while forwarding is off; null when they have left it to us. */
function choiceOf(found: Forwarding, memory: ForwardingMemory | undefined): string | null {
  const remembered = rememberedOf(found, memory)
  const ours = remembered === undefined ? found.address === null : found.address === remembered
  return ours && (memory?.chosen ?? null) === null ? null : (found.address ?? '')
}

/** What we last set, or, while the mailbox may not have taken it, what it had of us before. */
function rememberedOf(found: Forwarding, memory: ForwardingMemory | undefined): string | null | undefined {
  return memory?.unsure === true && found.address === memory.before ? memory.before : memory?.address
}
