import { former } from './former.ts'

/** The older directory of UPMC. The base is public (applications that read it name it); the hash scheme is to be
 *  confirmed on the spot. */
export const upmc = former('upmc', 'ou=People,dc=upmc,dc=fr', 'ssha512')
