import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { serviceDn } from '../bin/first-entries.ts'
import { createLdapTarget } from '../daemon/target/ldap.ts'
import { primary } from '../domain/profiles/primary.ts'
import { systemChance } from '../platform/chance.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { servicePassword, startSlapd } from '../test/run/servers/slapd.ts'

/** What people who sign in leave to the daemon: 64 who bind again as soon as they are in, with {ARGON2} and with
 *  {SSHA512}; then so many a second with {ARGON2}. Meanwhile the daemon's own connection reads an entry and changes it, one
 *  after the other. The directory syncs to disk. Prints one line of JSON last. */
const { values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '15' }, json: { type: 'boolean' } },
})
const seconds = Number(values.seconds)
const password = 'tilleul-penche-Rivière-27'
const { base } = primary
const people = Array.from({ length: 64 }, (_, n) => String(21_000_000 + n))
const dnOf = (number: string) => `uid=${number},${base}`

await using slapd = await startSlapd(base, { durable: true })
const target = createLdapTarget({
  profile: { ...primary, managed: [...primary.managed, 'description'] },
  url: slapd.url,
  bindDn: serviceDn('matricule', base),
  password: servicePassword,
  mode: 'write',
  startTls: false,
  timeoutMs: 60_000,
  clock,
  window: 32,
})
const lane = target.lane('nudge')
const stand = (_number: string | null, stored: string) => stored
for (const number of people) {
  const attributes = { objectClass: primary.objectClasses, uid: [number], cn: [number], sn: [number] }
  await lane.apply({ kind: 'add', id: number, dn: dnOf(number), attributes }, null)
}

const cells = []
for (const { scheme, perSecond } of [
  { scheme: 'argon2id', perSecond: 0 },
  { scheme: 'ssha512', perSecond: 0 },
  ...[10, 20, 30, 40].map((each) => ({ scheme: 'argon2id' as const, perSecond: each })),
] as const)
  cells.push(await measure(scheme, perSecond))
await target.close()
process.stdout.write(
  `${JSON.stringify({ name: 'login', cores: availableParallelism(), cells, ratio: null })}\n`,
)

async function measure(scheme: 'argon2id' | 'ssha512', perSecond: number) {
  const verifiers = createVerifiers({
    schemes: [scheme],
    chance: systemChance,
    argon2: { memory_kib: 19_456, passes: 2, lanes: 1 },
  })
  const stored = (await verifiers.make(password))[scheme] ?? ''
  for (const number of people) await change(number, { userPassword: [stored] }, stored)
  const alone = await changes()
  const logins = spawn(
    process.execPath,
    ['bench/login-child.ts', slapd.url, people.map(dnOf).join(' '), password, '64', String(perSecond)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  logins.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await clock.sleep(1_000)
  const beside = await changes()
  logins.kill('SIGTERM')
  await once(logins, 'close')
  const { per_second: binds } = JSON.parse(said) as { per_second: number }
  const asked = perSecond === 0 ? '64 looping' : `${perSecond} a second`
  process.stderr.write(
    `${scheme}, ${asked}: ${binds} binds/s; ${beside.perSecond} changes/s, p50 ${beside.p50} ms, p99 ${beside.p99} ms; alone ${alone.perSecond}/s, p99 ${alone.p99} ms\n`,
  )
  return { case: `${scheme}, ${asked}`, binds_per_second: binds, beside, alone }
}

/** Reads and changes one after the other, as settling does. */
async function changes() {
  const times: number[] = []
  const began = clock.monotonic()
  const until = began + seconds * 1000
  for (let n = 0; clock.monotonic() < until; n++) {
    const before = clock.monotonic()
    await change(people[n % people.length] ?? '', { description: [String(before)] }, null)
    times.push(clock.monotonic() - before)
  }
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
  const took = (clock.monotonic() - began) / 1000
  return { perSecond: Math.round((10 * times.length) / took) / 10, p50: at(0.5), p99: at(0.99) }
}

async function change(number: string, replace: Record<string, string[]>, verifier: string | null) {
  const [found = null] = await lane.read(number, stand)
  await lane.apply({ kind: 'modify', id: number, dn: dnOf(number), replace }, verifier, { found, stand })
}
