import { former } from './former.ts'

/** The older directory of Paris-Sorbonne. Base and hash scheme are to be confirmed on the spot. */
export const parisSorbonne = former('paris-sorbonne', 'ou=people,dc=paris-sorbonne,dc=fr', 'ssha')
