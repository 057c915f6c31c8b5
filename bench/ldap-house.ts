import { createReadStream } from 'node:fs'
import { createDirectory, houseRules } from '../bin/directory.ts'
import { firstEntries } from '../bin/first-entries.ts'
import { systemClock } from '../platform/clock.ts'
import { systemChance } from '../platform/chance.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { servicePassword } from '../test/run/servers/slapd.ts'
import { entriesOf, parseLdifStream } from '../ldap-protocol/ldif.ts'
import { indexes } from './ldap-indexes.ts'
import { people, suffix } from './ldap-people.ts'

/** A directory of the house in a process of its own: `folder`, and an LDIF file for a folder that is empty. Prints its
 *  port, how many entries it holds and how long opening took. */
const [folder = '', ldif = ''] = process.argv.slice(2)
const directory = await createDirectory({
  suffix,
  folder,
  access: houseRules(suffix, people),
  indexes,
  log: (level, event, facts) => {
    if (level !== 'info') process.stderr.write(`${event} ${JSON.stringify(facts)}\n`)
  },
})
const begun = systemClock.monotonic()
await directory.open()
const opened_ms = Math.round(systemClock.monotonic() - begun)
if (ldif !== '') {
  const passwords = { matricule: servicePassword, cas: servicePassword, zimbra: servicePassword }
  const verifiers = createVerifiers({
    schemes: ['ssha512'],
    chance: systemChance,
    argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
  })
  await directory.seed(await firstEntries(people, passwords, verifiers))
  await directory.seed(entriesOf(parseLdifStream(createReadStream(ldif))))
}
const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ port, entries: directory.size(), opened_ms })}\n`)
process.on('SIGTERM', () => {
  void directory.close().then(() => process.exit())
})
