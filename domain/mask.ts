/** A personal address as it may be read out and compared, without being learnt: `a•••@e•••.org`. Null stays null. */
export function maskedAddress(address: string | null): string | null {
  if (address === null) return null
  const at = address.lastIndexOf('@')
  if (at < 1) return '•••'
  const domain = address.slice(at + 1)
  const dot = domain.lastIndexOf('.')
  return `${first(address)}•••@${first(domain)}•••${dot > 0 ? domain.slice(dot) : ''}`
}

function first(text: string): string {
  const point = text.codePointAt(0)
  return point === undefined ? '' : String.fromCodePoint(point)
}
