/** Where a member of staff is, by the fragment: nothing of it reaches a server. */
export type DeskRoute =
  | { page: 'search' }
  | { page: 'student'; number: string }
  | { page: 'list'; name: string }
  | { page: 'plans' }
  | { page: 'funnel' }
  | { page: 'audit' }
  | { page: 'refused'; code: string }

export const deskAddresses = {
  search: '#/',
  student: (number: string) => `#/etudiant/${number}`,
  list: (name: string) => `#/listes/${name}`,
  plans: '#/attente',
  funnel: '#/avancement',
  audit: '#/journal',
} as const

/** Reads a fragment, with its `#`. Whatever is no route is the search. */
export function parseDeskRoute(fragment: string): DeskRoute {
  const [, first = '', second = ''] = /^#\/([a-z]+)(?:\/([\w-]{1,40}))?\/?$/.exec(fragment) ?? []
  if (first === 'etudiant' && /^\d{7,8}$/.test(second)) return { page: 'student', number: second }
  if (first === 'listes') return { page: 'list', name: second === '' ? 'shared-addresses' : second }
  if (first === 'attente') return { page: 'plans' }
  if (first === 'avancement') return { page: 'funnel' }
  if (first === 'journal') return { page: 'audit' }
  if (first === 'refus') return { page: 'refused', code: second }
  return { page: 'search' }
}
