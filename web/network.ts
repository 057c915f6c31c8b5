import { isIPv4, isIPv6 } from 'node:net'

/** The network a caller counts under: an IPv4 address as it is, an IPv6 address by its /64 (one home or one
 *  machine usually owns a whole /64), an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as the IPv4 one.
 *  Whatever is no address (a proxy that writes nonsense, a caller who has hung up) counts under `unknown`. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (isIPv4(address)) return address
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return 'unknown'
  const groups = groupsOf(bare)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return dotted(groups[6] ?? 0, groups[7] ?? 0)
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const before = part(head)
  if (tail === undefined) return before
  const after = part(tail)
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function part(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
