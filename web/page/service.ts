import { pageAddress } from './contact.ts'

/** Where somebody was going when they were sent here, as the address of this page tells it (`?service=`, the word of the
 *  CAS protocol). Null unless one of the `allowed` addresses (setting `links.services`) opens it: each opens itself and
 *  what lies below its path, and nothing else of its host. */
export function allowedService(search: string, allowed: readonly string[]): URL | null {
  const page = pageAddress(new URLSearchParams(search).get('service') ?? '')
  if (page === null) return null
  const asked = new URL(page)
  if (asked.username !== '' || asked.password !== '') return null
  return allowed.some((each) => opens(each, asked)) ? asked : null
}

/** The way there: by the sign-in of the CAS at `cas`, where there is one. */
export function wayTo(service: URL, cas: string | null): string {
  if (cas === null) return service.href
  const way = new URL(cas)
  way.searchParams.set('service', service.href)
  return way.href
}

function opens(allowed: string, asked: URL): boolean {
  const page = pageAddress(allowed)
  if (page === null) return false
  const { origin, pathname } = new URL(page)
  const below = pathname.endsWith('/') ? pathname : `${pathname}/`
  return asked.origin === origin && (asked.pathname === pathname || asked.pathname.startsWith(below))
}
