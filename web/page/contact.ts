/** How a contact of the settings is shown: followed when it is an address, a page or a telephone number,
 *  and plain words otherwise. Nothing but https, http, mailto and tel ever becomes a link. */
export function contactLink(contact: string): { href: string | null; label: string } {
  const label = contact.trim()
  if (/^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/.test(label)) return { href: `mailto:${label}`, label }
  const page = pageAddress(label)
  if (page !== null) return { href: page, label: label.replace(/^https?:\/\//, '').replace(/\/$/, '') }
  if (/^\+?[\d .()-]{6,20}$/.test(label)) return { href: `tel:${label.replace(/[^\d+]/g, '')}`, label }
  return { href: null, label }
}

/** The text when it is the address of a web page, else null. */
export function pageAddress(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null
  return new URL(text).href
}
