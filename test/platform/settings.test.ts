import { writeFileSync, mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  loadSettings,
  publicBase,
  isDemonstration,
  settingLeaves,
  siteProblems,
} from '../../platform/settings.ts'
import { leavesOf } from '../../platform/settings/leaves.ts'
import { targetSchema } from '../../platform/settings/targets.ts'
import { freshFolder } from './folder.ts'

type Env = Record<string, string>

/** Settings of a folder that holds `yaml` as its matricule.yaml, under `env`. */
function load(yaml: string | null, env: Env = {}) {
  using folder = freshFolder()
  if (yaml !== null) writeFileSync(folder.at('matricule.yaml'), yaml)
  return loadSettings({ env: { MATRICULE_HOME: folder.at('home'), ...env }, cwd: folder.path })
}

function refusal(yaml: string | null, env: Env = {}): string[] {
  try {
    load(yaml, env)
  } catch (error) {
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' })
    return (error as Error).message.split('\n').slice(1)
  }
  throw new Error('these settings were accepted')
}

test('without a file everything has the default of the rules, and it is the demonstration', () => {
  const { config, secrets, file } = load(null)
  expect(file).toBeNull()
  expect(isDemonstration(config)).toBe(true)
  expect(publicBase(config)).toBe('http://127.0.0.1:8080')
  expect(config.ldap).toEqual({
    primary: { host: '127.0.0.1', port: 3890 },
    paris_sorbonne: { host: '127.0.0.1', port: 3891 },
    upmc: { host: '127.0.0.1', port: 3892 },
  })
  expect(Object.keys(config.targets)).toEqual(['primary', 'paris-sorbonne', 'upmc'])
  expect(config.targets['paris-sorbonne']).toMatchObject({
    url: '',
    profile: 'paris-sorbonne',
    mode: 'write',
  })
  expect(config.year).toEqual({
    open: null,
    close_on: '08-31',
    grace_until: '11-30',
    reset_in_grace: false,
    warn_days: [30, 10],
    first: false,
  })
  expect(config.right.states).toEqual(['E'])
  expect(config.leave).toEqual({ suspend_after: 0, close_after: 90, purge_after: 365 })
  expect(config.guard).toEqual({ max_removals: 20, max_share: 0.01, max_drift: 0.05 })
  expect(config.address.domain).toBe('etu.sorbonne-universite.fr')
  expect(config.contacts).toHaveLength(4)
  expect(config.keys.master_file).toBe(`${config.home}/keys.json`)
  expect(secrets).toEqual({
    registry: { url: '' },
    source: { url: null },
    letters: { smtp_url: null, bounces_url: null },
    web: { limiter_url: null },
  })
})

test('the file is read, and its relative paths start from its folder', () => {
  using folder = freshFolder()
  mkdirSync(folder.at('etc'))
  writeFileSync(
    folder.at('etc/site.yaml'),
    `public: { base_url: https://www-atu.example.org/ }
source: { kind: drop, path: drop }
year: { open: [2026, "2027"], close_on: 08-31 }
letters: { send_at: 07:30, since: 2026-09-01 }
targets:
  upmc: { keep: false }
  primary:
  ad: { url: ldaps://ad.example.org, bind_dn: cn=w, password_file: ad.txt, profile: ./ad.ts }
web:
`,
  )
  const { config, file } = loadSettings({
    env: { MATRICULE_CONFIG: 'etc/site.yaml', MATRICULE_ADDRESS_RESERVED: 'staff.txt' },
    cwd: folder.path,
  })
  expect(file).toBe(folder.at('etc/site.yaml'))
  expect(config.public.base_url).toBe('https://www-atu.example.org')
  expect(config.source).toMatchObject({
    kind: 'drop',
    path: folder.at('etc/drop'),
    interval_seconds: 300,
    merges: null,
  })
  expect(config.year.open).toEqual(['2026', '2027'])
  expect(config.letters.since).toBe('2026-09-01')
  expect(Object.keys(config.targets)).toEqual(['primary', 'paris-sorbonne', 'ad'])
  expect(config.targets['ad']).toMatchObject({
    password_file: folder.at('etc/ad.txt'),
    profile: folder.at('etc/ad.ts'),
  })
  expect(config.address.reserved).toBe(folder.at('staff.txt'))
  expect(config.web.port).toBe(8080)
})

test('every setting has a variable of its own and a sentence about it', () => {
  const leaves = [...settingLeaves(), ...leavesOf(targetSchema, ['targets', 'primary'])]
  expect(leaves.length).toBeGreaterThan(90)
  expect(leaves.filter((leaf) => leaf.description === '')).toEqual([])
  const variables = leaves.flatMap((leaf) =>
    leaf.secret ? [leaf.variable, `${leaf.variable}_FILE`] : [leaf.variable],
  )
  expect(new Set(variables).size).toBe(variables.length)
})

test('every setting can come from the environment', () => {
  const samples: Record<string, string> = {
    'public.base_url': 'https://x.example.org',
    'web.host': '0.0.0.0',
    'web.trust_proxy': '10.0.0.0/8,192.168.1.1',
    'registry.url': 'postgres://u:p@db/x',
    'source.url': 'oracle://u:p@db:1521/x',
    'source.kind': 'oracle',
    'source.full_at': '03:30',
    'source.overlap_minutes': '90',
    'web.limiter_url': 'redis://r',
    'letters.smtp_url': 'smtp://m',
    'letters.since': '2026-09-01T08:00:00+02:00',
    'letters.sender': 'a@example.org',
    'year.open': '2026,2027',
    'year.close_on': '09-15',
    'year.grace_until': '12-15',
    'right.states': 'E,C',
    'address.domain': 'etu.example.org',
    'address.own_domains': 'example.org',
    'establishment.uai': '0123456A',
    'establishment.scope': 'example.org',
    contacts: '[{"name_fr":"a","name_en":"b","contact":"c"}]',
    faculties: '[{"id":"droit","name_fr":"a","name_en":"b","contact":"c","components":["7"]}]',
    'letters.send_at': 'now',
    'reports.to': 'a@example.org,b@example.org',
    'daemon.lease_seconds': '24',
    'passwords.argon2.memory_kib': '65536',
    'leave.close_after': '400',
    'leave.purge_after': '500',
    'guard.max_share': '0.5',
    'letters.bounces.url': 'imaps://u:p@imap.example.org',
    'letters.bounces.return_path': 'r+{letter}@example.org',
    'helpdesk.issuer': 'https://i.example.org',
    'zimbra.url': 'https://z.example.org',
  }
  const value = (leaf: ReturnType<typeof settingLeaves>[number], index: number): string => {
    const sample = samples[leaf.key]
    if (sample !== undefined) return sample
    if (leaf.options.length > 0)
      return leaf.kind === 'texts' ? leaf.options.join(',') : (leaf.options.at(-1) ?? '')
    if (leaf.isPath) return '/some/path'
    if (leaf.key.endsWith('port')) return String(20_000 + index)
    if (leaf.key.startsWith('links.')) return 'https://l.example.org'
    if (leaf.key.startsWith('passwords.argon2')) return '3'
    if (leaf.key.includes('share') || leaf.key.includes('drift')) return '0.25'
    return { text: 'word', number: '12', boolean: 'true', texts: 'a,b', numbers: '5,6', json: '[]' }[
      leaf.kind
    ]
  }
  const env = Object.fromEntries(settingLeaves().map((leaf, index) => [leaf.variable, value(leaf, index)]))
  env['MATRICULE_TARGETS_PARIS_SORBONNE_MODE'] = 'observe'
  env['MATRICULE_TARGETS_UPMC_KEEP'] = 'false'
  const { config, secrets } = loadSettings({ env, cwd: '/' })
  expect(config.year).toMatchObject({ open: ['2026', '2027'], first: true, warn_days: [5, 6] })
  expect(config.home).toBe('/some/path')
  expect(config.right.states).toEqual(['E', 'C'])
  expect(config.faculties[0]?.components).toEqual(['7'])
  expect(config.targets['paris-sorbonne']?.mode).toBe('observe')
  expect(config.targets['upmc']).toBeUndefined()
  expect(config.address.own_domains).toEqual(['etu.example.org', 'example.org'])
  expect(secrets.source.url).toBe('oracle://u:p@db:1521/x')
  expect(siteProblems({ config, secrets, file: null })).toEqual([])
})

test('every problem is told at once, each with its key and where it came from', () => {
  const problems = refusal(
    `wbe: {}
web:
  prot: 80
  port: eighty
public: { base_url: ftp://x }
year: { open: [26], close_on: 02-30 }
leave: { close_after: 5, suspend_after: 9 }
source: { kind: csv }
right: { states: E }
faculties:
  - { id: Droit, name_fr: 1, name_en: b, contact: c }
ops: { port: 8025 }
targets: { UPMC: {}, upmc: { mode: wirte, ulr: x } }
`,
    {
      MATRICULE_WEB_PRT: '1',
      MATRICULE_INBOX_SMTP_PORT: 'x',
      MATRICULE_GUARD_MAX_SHARE: '3',
      MATRICULE_YEAR_FIRST: 'yes',
    },
  )
  expect(problems).toEqual(
    expect.arrayContaining([
      'wbe: is not a setting; did you mean web? (matricule.yaml:1)',
      'web.prot: is not a setting; did you mean web.port? (matricule.yaml:3)',
      'web.port: must be a whole number (matricule.yaml:4)',
      'public.base_url: must be an address that starts with https:// or http://, without user or password (matricule.yaml:5)',
      'year.open[0]: must be a year of four digits, such as 2026 (matricule.yaml:6)',
      'year.close_on: must be a day of the year, such as 08-31 (matricule.yaml:6)',
      'leave.close_after: must not be less than leave.suspend_after (matricule.yaml:7)',
      'source.kind: must be drop or oracle or postgres (matricule.yaml:8)',
      'right.states: must be a list (matricule.yaml:9)',
      'faculties[0].id: must be a word in lower case (matricule.yaml:11)',
      'faculties[0].name_fr: must be text (put it in quotes) (matricule.yaml:11)',
      'targets.UPMC: must be a name in lower case, with hyphens (matricule.yaml:13)',
      'targets.upmc.mode: must be write or observe (matricule.yaml:13)',
      'targets.upmc.ulr: is not a setting; did you mean targets.upmc.url? (matricule.yaml:13)',
      'inbox.port: is the same as ops.port',
      'MATRICULE_WEB_PRT: is not the variable of a setting; did you mean MATRICULE_WEB_PORT?',
      'inbox.smtp_port: must be a number (MATRICULE_INBOX_SMTP_PORT)',
      'guard.max_share: must be from 0 to 1 (MATRICULE_GUARD_MAX_SHARE)',
      'year.first: must be true or false (MATRICULE_YEAR_FIRST)',
    ]),
  )
  expect(problems).toHaveLength(19)
})

test.each([
  ['a: [1', /^matricule\.yaml:\d+:\d+: /],
  ['web: {}\nweb: {}\n', /^matricule\.yaml:2:1: Map keys must be unique/],
  ['- web', /^matricule\.yaml: must hold keys and values$/],
  ['__proto__: { x: 1 }', /^__proto__: is not a setting \(matricule\.yaml:1\)$/],
])('a file that reads %j is refused with its place', (yaml, problem) => {
  expect(refusal(yaml)).toEqual([expect.stringMatching(problem)])
})

test('a file that was named and is not there is a problem', () => {
  expect(refusal(null, { MATRICULE_CONFIG: '/nowhere/matricule.yaml' })).toEqual([
    '/nowhere/matricule.yaml: cannot be read (ENOENT)',
  ])
})

test('a secret comes from its file before its variable, and its variable before the settings file', () => {
  using folder = freshFolder()
  writeFileSync(folder.at('smtp'), 'smtps://u:from-file@m\n')
  const yaml = 'letters: { smtp_url: "smtp://u:yaml@m" }'
  const plain = { MATRICULE_LETTERS_SMTP_URL: 'smtp://u:plain@m' }
  const file = { MATRICULE_LETTERS_SMTP_URL_FILE: folder.at('smtp') }
  expect(load(yaml).secrets.letters.smtp_url).toBe('smtp://u:yaml@m')
  expect(load(yaml, plain).secrets.letters.smtp_url).toBe('smtp://u:plain@m')
  expect(load(yaml, { ...plain, ...file }).secrets.letters.smtp_url).toBe('smtps://u:from-file@m')
  expect(load(yaml, { ...file, ...plain }).secrets.letters.smtp_url).toBe('smtps://u:from-file@m')
  expect(refusal(null, { MATRICULE_LETTERS_SMTP_URL_FILE: folder.at('none') })).toEqual([
    `letters.smtp_url: ${folder.at('none')} cannot be read (ENOENT) (MATRICULE_LETTERS_SMTP_URL_FILE)`,
  ])
})

test('no secret is in the settings that are shown, nor in a refusal', () => {
  const secrets = {
    MATRICULE_LETTERS_SMTP_URL: 'smtp://u:hunter2@m',
    MATRICULE_REGISTRY_URL: 'postgres://u:hunter2@m/x',
    MATRICULE_SOURCE_URL: 'oracle://u:hunter2@m/x',
    MATRICULE_WEB_LIMITER_URL: 'redis://u:hunter2@m',
  }
  expect(JSON.stringify(load(null, secrets).config)).not.toContain('hunter2')
  const broken = Object.fromEntries(Object.keys(secrets).map((name) => [name, 'nonsense:hunter2']))
  const problems = refusal('links: { cas: "https://u:hunter2@x" }\nweb: { port: hunter2 }', broken)
  expect(problems).toHaveLength(6)
  expect(problems.join('\n')).not.toContain('hunter2')
})

test('what the composition lays beneath is overridden by the file, and the file by the environment', () => {
  using folder = freshFolder()
  writeFileSync(folder.at('matricule.yaml'), 'web: { port: 2 }')
  const under = { web: { port: 1, host: '127.0.0.2' }, letters: { send_at: 'now' } }
  const { config } = loadSettings({
    env: { MATRICULE_OPS_PORT: '3' },
    cwd: folder.path,
    under,
    file: folder.at('matricule.yaml'),
  })
  expect([config.web.port, config.web.host, config.ops.port, config.letters.send_at]).toEqual([
    2,
    '127.0.0.2',
    3,
    'now',
  ])
  expect(under.web.port).toBe(1)
})

test('settings cannot be changed once read', () => {
  const { config } = load(null)
  expect(() => Object.assign(config.web, { port: 1 })).toThrow(TypeError)
  expect(() => (config.year.warn_days as number[]).push(1)).toThrow(TypeError)
})

test('a university of its own needs four things more', () => {
  const site = { MATRICULE_SOURCE_KIND: 'drop', MATRICULE_PUBLIC_BASE_URL: 'http://page.example.org' }
  expect(siteProblems(load(null, site)).map((problem) => problem.split(':')[0])).toEqual([
    'public.base_url',
    'letters.since',
    'letters.smtp_url',
    'source.path',
  ])
  const whole = {
    MATRICULE_SOURCE_KIND: 'postgres',
    MATRICULE_SOURCE_URL: 'postgres://db/x',
    MATRICULE_PUBLIC_BASE_URL: 'http://[::1]:8080',
    MATRICULE_LETTERS_SINCE: '2026-09-01',
    MATRICULE_LETTERS_SMTP_URL: 'smtp://m',
  }
  expect(siteProblems(load(null, whole))).toEqual([])
})

test('a directory of ours at an address needs an account to write with', () => {
  const problems = refusal('targets: { primary: { url: "ldap://d.example.org" }, ad: {} }')
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'targets.primary.bind_dn',
    'targets.primary.password_file',
    'targets.ad.url',
  ])
})
