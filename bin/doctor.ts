import type { Trial } from '../daemon/target/examine.ts'
import type { Finding } from '../daemon/target/finding.ts'
import type { Target } from '../daemon/target/target.ts'
import type { Rooms } from '../daemon/rooms.ts'
import { nobody } from '../domain/nobody.ts'
import { heldFor } from '../domain/profile.ts'
import { randomText } from '../platform/chance.ts'
import { isDemonstration } from '../platform/settings.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { lastAccepted } from '../registry/facts.ts'
import { serverOf } from '../registry/server.ts'
import type { Command, Desk } from './desk.ts'
import { limiterFindings } from './limiter.ts'

/** How far the clocks of registry and daemon may be apart. */
const skewMs = 2_000
const hour = 3_600_000
const marks = { fine: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const

interface Examined {
  readonly part: string
  readonly findings: readonly Finding[]
}

/** `doctor [--write]`: settings, registry, clocks, source and every directory as they are found now; with `--write` an
 *  entry of nobody is added, opened and removed in each directory that is written. Exit 1 when there is a fault. */
export const doctor: Command = {
  needsDirectories: true,
  async run(desk, given) {
    const { rooms } = desk
    const examined: Examined[] = [
      { part: 'registry', findings: await registryOf(rooms) },
      { part: 'source', findings: await sourceOf(desk) },
      { part: 'limiter', findings: await limiterFindings(rooms, desk.settings) },
    ]
    for (const target of rooms.targets) {
      const trial = given['write'] === true && target.mode === 'write' ? await trialFor(desk, target) : null
      const findings = (await target.examine?.(trial)) ?? []
      examined.push({ part: target.name, findings })
    }
    const faults = examined
      .flatMap(({ findings }) => findings)
      .filter(({ level }) => level === 'fault').length
    const lines = examined.flatMap(({ part, findings }) =>
      findings.map(({ what, level, detail }) => `${marks[level]}  ${part}: ${what}: ${detail}`),
    )
    const found = faults === 1 ? '1 fault was found' : `${faults} faults were found`
    lines.push(faults === 0 ? 'No fault was found.' : `${found}.`)
    return {
      data: { faults, examined },
      text: `${lines.join('\n')}\n`,
      ...(faults === 0
        ? {}
        : {
            exit: 1 as const,
            error: { code: 'COMMAND_FAILED' as const, message: found },
          }),
    }
  },
}

async function registryOf({ registry, clock }: Rooms): Promise<Finding[]> {
  const before = clock.now()
  const server = await serverOf(registry.db)
  const skew = server.now.getTime() - before.getTime()
  return [
    { what: 'connection', level: 'fine', detail: `PostgreSQL ${server.version}` },
    {
      what: 'clocks',
      level: Math.abs(skew) > skewMs ? 'fault' : 'fine',
      detail: `the registry's is ${Math.abs(skew)} ms ${skew < 0 ? 'behind' : 'ahead'}`,
    },
  ]
}

async function sourceOf({ rooms, settings }: Desk): Promise<Finding[]> {
  const last = await lastAccepted(rooms.registry.db)
  const where = rooms.source.describe()
  if (last === null) return [{ what: where, level: 'warning', detail: 'no snapshot was accepted yet' }]
  const age = rooms.clock.now().getTime() - last.judged_at.getTime()
  const isOld = age > 24 * hour && settings.config.source.interval_seconds * 1000 < 24 * hour
  const detail = `snapshot ${last.number} was accepted ${last.judged_at.toISOString()}`
  return [{ what: where, level: isOld ? 'warning' : 'fine', detail }]
}

/** Somebody whose login is no student number, so that no pass takes the entry for anybody's. */
async function trialFor({ rooms, settings }: Desk, { profile }: Target): Promise<Trial | null> {
  const { chance } = rooms
  const id = 'matricule-doctor'
  const password = randomText(chance, 'abcdefghijkmnpqrstuvwxyz23456789', 24)
  const { schemes, argon2 } = settings.config.passwords
  const verifiers = await createVerifiers({ schemes, chance, argon2 }).make(password)
  const holder = nobody(id, 'DOCTOR', { ...verifiers, [profile.scheme]: heldFor(profile, verifiers) ?? '' })
  const entry = profile.entry(holder, rooms.rules.site)
  // The demonstration is on one machine with all the rest: what it can bear there says nothing.
  const peakPerSecond = isDemonstration(settings.config) ? null : settings.config.login.peak_per_second
  return entry && { dn: entry.dn, attributes: entry.attributes, password, peakPerSecond }
}
