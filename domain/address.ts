/** Personal addresses: where keys and links go (guide: « adresse personnelle (non institutionnelle) »). */
export type AddressState = 'usable' | 'missing' | 'invalid' | 'institutional' | 'shared'

export interface Addresses {
  readonly fixedAddress: string | null
  readonly annualAddress: string | null
}

/** The address that counts: the one given for the year when filled, else that of the record; trimmed. */
export function effectiveAddress({ fixedAddress, annualAddress }: Addresses): string | null {
  return filled(annualAddress) ?? filled(fixedAddress)
}

/** One spelling per mailbox for comparison: only ASCII case is folded, never dots or `+`. Idempotent.
 *  Other letters are left alone, so that no two different addresses are ever joined. */
export function canonicalAddress(address: string): string {
  return address.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** The state of one address by itself; whether others share it is the registry's to say.
 *  `ownDomains` are the university's: an address there is no personal address. */
export function addressState(
  address: string | null,
  ownDomains: readonly string[],
): Exclude<AddressState, 'shared'> {
  if (address === null) return 'missing'
  if (!isMailbox(address)) return 'invalid'
  return isWithin(address, ownDomains) ? 'institutional' : 'usable'
}

/** Why a text is no plain mailbox: what a registrar must look for. */
export type AddressFault =
  'BLANK_INSIDE' | 'NO_AT' | 'SEVERAL' | 'NOT_ASCII' | 'LOCAL_PART' | 'DOMAIN' | 'TOO_LONG'

/** What keeps a text from being one plain mailbox (RFC 5321 dot-string, ASCII, at most 254 octets); null when it is one.
 *  Quoted local parts, address literals and lists are refused: nobody at a university has one, and parsers disagree on
 *  them. */
export function addressFault(text: string): AddressFault | null {
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (/[,;]/.test(text) || local.includes('@')) return 'SEVERAL'
  if (/\s/.test(text)) return 'BLANK_INSIDE'
  if (/[^\x21-\x7e]/.test(text)) return 'NOT_ASCII'
  if (at === -1) return 'NO_AT'
  if (text.length > 254 || local.length > 64) return 'TOO_LONG'
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local))
    return 'LOCAL_PART'
  return isHost(domain) ? null : 'DOMAIN'
}

/** Whether a text is one plain mailbox. */
export function isMailbox(text: string): boolean {
  return addressFault(text) === null
}

function isHost(domain: string): boolean {
  const labels = domain.split('.')
  return (
    labels.length > 1 &&
    labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? '')
  )
}

/** Whether an address is in one of `domains` or below. */
export function isWithin(address: string, domains: readonly string[]): boolean {
  const domain = canonicalAddress(address.slice(address.lastIndexOf('@') + 1))
  return domains.some(
    (own) => domain === canonicalAddress(own) || domain.endsWith(`.${canonicalAddress(own)}`),
  )
}

/** An address that can be read aloud without giving it away: `a•••@example.org`; nothing at all of a text that has no
 *  local part. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 1 ? '•••' : `${address.slice(0, 1)}•••${address.slice(at)}`
}

function filled(text: string | null): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}

/** What is wrong with an address that can not be written to, for whoever must correct it in the record. */
export function faultInWords(fault: AddressFault): string {
  return faults[fault]
}

const faults: Readonly<Record<AddressFault, string>> = {
  BLANK_INSIDE: "il y a un espace à l'intérieur",
  NO_AT: 'il manque le signe @',
  SEVERAL: "il y en a plusieurs, ou plus d'un signe @",
  NOT_ASCII: 'il y a un accent ou un signe particulier',
  LOCAL_PART: 'ce qui précède le signe @ est mal formé',
  DOMAIN: 'ce qui suit le signe @ est mal formé',
  TOO_LONG: 'elle est trop longue',
}
