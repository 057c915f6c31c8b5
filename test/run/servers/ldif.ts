import { serviceDn } from '../../../bin/first-entries.ts'
import { neededPrograms, runProgram } from './program.ts'
import { servicePassword } from './slapd.ts'

/** Everything below a base as LDIF, what the server notes by itself included, read by OpenLDAP's own client.
 *  @param local the socket of the server
 *  @param base where people live */
export function readLdif(local: string, base: string): Promise<string> {
  const ldapsearch = neededPrograms('ldap-utils')('ldapsearch')
  return runProgram(
    ldapsearch,
    [
      ['-LLL', '-x', '-o', 'ldif-wrap=no', '-H', `ldapi://${encodeURIComponent(local)}`],
      ['-D', serviceDn('matricule', base), '-w', servicePassword],
      ['-b', base, '-E', 'pr=1000/noprompt', '(objectClass=*)', '*', '+'],
    ].flat(),
  )
}
