/** Whether `hostname` (as in a URL, IPv6 in brackets or not) never leaves this machine: `localhost` and the names
 *  under it (RFC 6761 §6.3), 127.0.0.0/8, ::1. */
export function isLoopback(hostname: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return (
    plain === '::1' ||
    plain === 'localhost' ||
    plain.endsWith('.localhost') ||
    /^127(\.\d{1,3}){3}$/.test(plain)
  )
}
