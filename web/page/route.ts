/** Where the student is. The addresses are those printed in the university's guide and letters. */
export type Route =
  | { page: 'activation' }
  | { page: 'reset-request' }
  | { page: 'reset'; token: string | null }
  | { page: 'progress'; id: string }
  | { page: 'help' }
  | { page: 'accessibility' }
  | { page: 'unknown' }

/** The addresses of our own pages, whole, since the statement of accessibility lives on another path. */
export const addresses = {
  activation: '/creation-motdepasse/#/',
  resetRequest: '/creation-motdepasse/#/reinitmdp-mail',
  help: '/creation-motdepasse/#/aide',
  accessibility: '/accessibilite',
  progress: (id: string) => `/creation-motdepasse/#/suivi/${id}`,
} as const

/** The fragment that a reset link leaves behind once its token has been read. */
export const fragmentWithoutToken = '#/reinitmdp-token'

const longestToken = 200
const progressId = /^[\w.~-]{1,128}$/

/** Reads a path and a fragment (with its `#`). A fragment that is no route (`#contenu`) counts as none.
 *  The token is handed on as it stands: only the server can say whether it is good. */
export function parseRoute(pathname: string, fragment: string): Route {
  const { path, query } = split(fragment.startsWith('#/') ? fragment.slice(1) : '/')
  if (path === '') return isAccessibility(pathname) ? { page: 'accessibility' } : { page: 'activation' }
  if (path === '/reinitmdp-mail') return { page: 'reset-request' }
  if (path === '/reinitmdp-token') return { page: 'reset', token: tokenOf(query) }
  if (path === '/aide') return { page: 'help' }
  if (path.startsWith('/suivi/')) {
    const id = path.slice('/suivi/'.length)
    return progressId.test(id) ? { page: 'progress', id } : { page: 'unknown' }
  }
  return { page: 'unknown' }
}

function split(route: string): { path: string; query: string } {
  const mark = route.indexOf('?')
  const path = mark < 0 ? route : route.slice(0, mark)
  return { path: path.replace(/\/+$/, ''), query: mark < 0 ? '' : route.slice(mark + 1) }
}

function isAccessibility(pathname: string): boolean {
  return pathname.replace(/\/+$/, '') === addresses.accessibility
}

function tokenOf(query: string): string | null {
  const token = new URLSearchParams(query).get('token')?.trim() ?? ''
  return token === '' || token.length > longestToken ? null : token
}
