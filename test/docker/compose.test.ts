import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../../platform/root.ts'
import { loadSettings, settingLeaves, siteProblems } from '../../platform/settings.ts'
import { runMatricule } from '../run/matricule.ts'
import { promtool } from '../run/servers/promtool.ts'
import { dockerfileText, environmentOf, imageOf } from './dockerfile.ts'

// What an engine would do with the demonstration's compose file, as far as that can be known without one.

const folder = join(packageRoot, 'docker')
const file = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as Compose
const services = Object.entries(file.services)
const ofMatricule = services.filter(([, { image }]) => image.startsWith('matricule:'))
const image = environmentOf(imageOf(dockerfileText('docker/Dockerfile')))

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly network_mode?: string
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { condition: string }>>
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, null>>
  readonly secrets: Readonly<Record<string, { file: string }>>
}

const all = <Item>(of: (service: Service) => readonly Item[] | undefined): Item[] => [
  ...new Set(services.flatMap(([, service]) => of(service) ?? [])),
]
const namedVolumes = ({ volumes = [] }: Service) =>
  volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => !source.startsWith('.'))

test('whatever is named is there, and whatever is there is used', () => {
  const sorted = (names: readonly string[]) => [...names].sort()
  expect(sorted(all(({ networks }) => networks))).toEqual(sorted(Object.keys(file.networks)))
  expect(sorted(all(namedVolumes))).toEqual(sorted(Object.keys(file.volumes)))
  expect(sorted(all(({ secrets }) => secrets))).toEqual(sorted(Object.keys(file.secrets)))
  for (const awaited of all(({ depends_on: on }) =>
    Object.entries(on ?? {}).map(([name, how]) => ({ name, ...how })),
  )) {
    const { healthcheck } = file.services[awaited.name] ?? {}
    expect(Object.keys(file.services)).toContain(awaited.name)
    if (awaited.condition === 'service_healthy') expect(healthcheck?.test?.length ?? 0).toBeGreaterThan(1)
  }
  for (const { file: path } of Object.values(file.secrets))
    expect(readFileSync(join(folder, path), 'utf8').trim()).not.toBe('')
})

test.each(services)('%s is confined', (_name, service) => {
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  })
  expect(service.mem_limit).toMatch(/^\d+[mg]$/)
  expect(service.pids_limit).toBeGreaterThan(0)
  // Ours runs as the user of its image.
  if (!service.image.startsWith('matricule:'))
    expect(service.user).toMatch(/^(openldap|postgres|redis|65534:65534)$/)
  expect(service.image).toMatch(/:[\w.-]*\d/)
})

test('only loopback is published, each port once', () => {
  const published = all(({ ports }) => ports)
  const places = published.map((port) => /^127\.0\.0\.1:(\d+):\d+$/.exec(port)?.[1])
  expect(places).not.toContain(undefined)
  expect(new Set(places).size).toBe(services.flatMap(([, { ports = [] }]) => ports).length)
})

test('the directories, the registry and the letters stand on networks from which nothing goes out', () => {
  const open = Object.keys(file.networks).filter((name) => file.networks[name]?.internal !== true)
  expect(open).toEqual(['world'])
  const reaching = services
    .filter(([, { networks = [] }]) => networks.includes('world'))
    .map(([name]) => name)
  expect(reaching.sort()).toEqual(['mailpit', 'matricule', 'prometheus', 'web-1', 'web-2'])
})

describe.each(ofMatricule)('%s', (_name, service) => {
  const given = { ...image, ...service.environment }

  test('is told nothing but settings that there are', () => {
    const known = new Set(settingLeaves().flatMap(({ variable }) => [variable, `${variable}_FILE`]))
    for (const variable of Object.keys(given).filter((name) => !/_TARGETS_/.test(name)))
      expect([...known]).toContain(variable)
    expect(() => load(given)).not.toThrow()
  })

  test('runs a command that there is, with nothing missing', async () => {
    const [command = 'up'] = service.command ?? []
    const { output } = await runMatricule(['--help'], {})
    expect(output).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
    if (command !== 'daemon' && command !== 'web') return
    expect(siteProblems(load(given), command)).toEqual([])
  })

  test('reads secrets that it is given, from where they are put', () => {
    const read = Object.entries(service.environment ?? {}).flatMap(([name, value]) =>
      name.endsWith('_FILE') && value.startsWith('/run/secrets/')
        ? [value.slice('/run/secrets/'.length)]
        : [],
    )
    expect(service.secrets ?? []).toEqual(expect.arrayContaining(read))
  })
})

test('Prometheus reads every process of the profile by its name, and finds no fault in its file', async () => {
  const path = join(folder, 'prometheus')
  expect(await promtool(path, 'check', 'config', 'prometheus.yml')).toContain('SUCCESS')
  const { scrape_configs: jobs } = parse(readFileSync(join(path, 'prometheus.yml'), 'utf8')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[]
  }
  const hosts = jobs.flatMap((job) => job.static_configs).flatMap(({ targets }) => targets)
  const running = ofMatricule.filter(([name]) => /^(web|daemon)-/.test(name)).map(([name]) => `${name}:9464`)
  expect(hosts.sort()).toEqual(running.sort())
})

/** The settings of a service, its secrets read from the files of the demonstration. */
function load(given: Readonly<Record<string, string>>) {
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const secret = file.secrets[value.replace('/run/secrets/', '')]
      return [name, secret ? join(folder, secret.file) : value]
    }),
  )
  return loadSettings({ env, cwd: '/' })
}
