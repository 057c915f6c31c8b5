import { parseArgs } from 'node:util'
import fastify from 'fastify'
import { systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { loadSettings } from '../platform/settings.ts'
import { createVerifiers } from '../platform/verifier.ts'

/** What the page is measured beside, a process of its own. `hash`: as many passwords hashed, with the same schemes, by
 *  the same code, and nothing else; prints the milliseconds, and those of the processor. `route`: one bare Fastify route on a port, until killed. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string', default: '100' }, port: { type: 'string', default: '0' } },
})

if (positionals[0] === 'hash') {
  const { passwords } = loadSettings({ env: {} }).config
  const verifiers = createVerifiers({
    schemes: passwords.schemes,
    chance: systemChance,
    argon2: passwords.argon2,
  })
  await verifiers.make('the first one loads the library')
  const before = systemClock.monotonic()
  const spent = process.cpuUsage()
  await Promise.all(
    Array.from({ length: Number(values.count) }, (_, index) =>
      verifiers.make(`le tilleul penche vers la rivière ${index}`),
    ),
  )
  const { user, system } = process.cpuUsage(spent)
  process.stdout.write(`${systemClock.monotonic() - before} ${(user + system) / 1_000}\n`)
} else {
  const app = fastify()
  app.get('/', (_request, reply) => reply.type('application/json').send('{"context":"nothing"}'))
  await app.listen({ host: '127.0.0.1', port: Number(values.port) })
}
