import type { IncomingHttpHeaders } from 'node:http'

/** Whether a browser says that another site sent this request (Fetch standard: `Origin`, `Sec-Fetch-Site`).
 *  Programs send neither and pass. With our `Referrer-Policy: no-referrer` a browser may send `Origin: null`
 *  for our own page: that is believed only beside `Sec-Fetch-Site: same-origin`. */
export function isCrossSite(headers: IncomingHttpHeaders, baseUrl: string): boolean {
  const site = headers['sec-fetch-site']
  if (site === 'cross-site') return true
  const origin = headers.origin
  if (origin === undefined) return false
  if (origin === 'null') return site !== 'same-origin'
  return !isOurs(origin, baseUrl)
}

function isOurs(origin: string, baseUrl: string): boolean {
  const base = new URL(baseUrl)
  if (origin === base.origin) return true
  // On one's own machine, localhost and 127.0.0.1 are the same place.
  return isLoopback(base) && URL.canParse(origin) && isLoopback(new URL(origin))
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
