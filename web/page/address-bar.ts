import { useEffect, useState } from 'preact/hooks'
import { fragmentWithoutToken, parseRoute, type Route } from './route.ts'

/** The token of the link that was followed: here and nowhere else, until it is used or the tab closes. */
let heldToken: string | null = null

/** Reads the address bar. A token is taken out of it and out of the history at once, so that neither a
 *  glance, a bookmark nor the back button shows it again. */
export function readAddressBar(): Route {
  const route = parseRoute(location.pathname, location.hash)
  if (route.page !== 'reset') return route
  if (route.token !== null) {
    heldToken = route.token
    history.replaceState(null, '', location.pathname + fragmentWithoutToken)
  }
  return { page: 'reset', token: heldToken }
}

/** Forgets the token: it has been used, or the server will not have it. */
export function forgetToken(): void {
  heldToken = null
}

/** The route, followed as the fragment changes. */
export function useRoute(first: Route): Route {
  const [route, setRoute] = useState(first)
  useEffect(() => {
    const follow = () => setRoute(readAddressBar())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}
