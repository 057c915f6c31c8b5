import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Desk } from '../../bin/desk.ts'
import { doctor } from '../../bin/doctor.ts'
import { serviceDn } from '../../bin/first-entries.ts'
import type { Finding } from '../../daemon/target/finding.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import type { Target } from '../../daemon/target/target.ts'
import { systemClock } from '../../platform/clock.ts'
import { loadSettings } from '../../platform/settings.ts'
import { passOver } from '../run/acts.ts'
import { enrolled } from '../run/people.ts'
import { accessRules, servicePassword } from '../run/servers/slapd.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  // The registry's clock is the real one.
  stage = await openStage({ directories: 'openldap', at: systemClock.now().toISOString() })
  await passOver(stage, [enrolled()])
})
afterAll(() => stage[Symbol.asyncDispose]())

/** No demonstration, and little work for each sign-in. */
const light = {
  MATRICULE_SOURCE_KIND: 'drop',
  MATRICULE_SOURCE_PATH: '/nowhere',
  MATRICULE_PUBLIC_BASE_URL: 'https://matricule.example.org',
  MATRICULE_LETTERS_SINCE: '2026-09-01',
  MATRICULE_LETTERS_SMTP_URL: 'smtp://127.0.0.1:25',
  MATRICULE_LOGIN_PEAK_PER_SECOND: '1',
  MATRICULE_PASSWORDS_ARGON2_MEMORY_KIB: '8192',
  MATRICULE_PASSWORDS_ARGON2_PASSES: '1',
}

interface Told {
  readonly faults: number
  readonly examined: readonly { readonly part: string; readonly findings: readonly Finding[] }[]
}

async function examined(
  targets: readonly Target[],
  given = {},
  env: Record<string, string> = {},
): Promise<{ told: Told; exit: number; text: string }> {
  stage.clock.set(systemClock.now().toISOString())
  const desk: Desk = {
    settings: loadSettings({ env: { ...light, ...env } }),
    rooms: { ...stage.rooms, targets },
    daemon: null,
  }
  const { data, exit = 0, text } = await doctor.run(desk, given)
  return { told: data as Told, exit, text }
}

function changed(name: string, differs: object): Target {
  const { profile, url, slapd } = stage.directory(name)
  return createLdapTarget({
    profile,
    url,
    bindDn: serviceDn('matricule', profile.base),
    password: servicePassword,
    mode: 'write',
    startTls: slapd?.startTls ?? false,
    ...(slapd?.ca === undefined ? {} : { ca: slapd.ca }),
    timeoutMs: 5_000,
    clock: systemClock,
    window: 32,
    ...differs,
  })
}

const faultsOf = ({ examined: all }: Told) =>
  all.flatMap(({ part, findings }) =>
    findings.filter(({ level }) => level === 'fault').map(({ what, detail }) => `${part} ${what}: ${detail}`),
  )

test('a house that is well has no fault; with --write an entry of nobody comes, opens and goes', async () => {
  const { told, exit, text } = await examined(stage.rooms.targets, { write: true })
  expect(faultsOf(told)).toEqual([])
  expect(exit).toBe(0)
  expect(text).toContain('No fault was found.')
  for (const { name } of stage.rooms.targets) {
    expect(text).toContain(`${name}: passwords: a stored verifier opens, and a wrong password does not`)
    expect(await stage.directory(name).entry('matricule-doctor')).toBeNull()
  }
  // The primary names what is gone, the others do not.
  expect(text).toContain('ok       primary: content synchronisation')
  expect(text).toContain('warning  upmc: content synchronisation')
  expect(text).not.toContain(servicePassword)
})

test.each([
  ['a password that is not ours', { password: 'not it' }, 'connection'],
  ['an authority that is not the server’s', { ca: 'no certificate' }, 'connection'],
])('%s is told', async (_what, differs, what) => {
  const { told, exit } = await examined([changed('upmc', differs)])
  expect(exit).toBe(1)
  expect(faultsOf(told)).toEqual([expect.stringContaining(`upmc ${what}:`)])
})

test('a directory that lets students write their password, or checks passwords too slowly, is told', async () => {
  const { slapd } = stage.directory('paris-sorbonne')
  const rules = await accessRules()
  await slapd?.under({ access: rules.replace('by anonymous auth', 'by self write\n  by anonymous auth') })
  const many = { MATRICULE_LOGIN_PEAK_PER_SECOND: '100000' }
  const { told } = await examined([changed('paris-sorbonne', {})], { write: true }, many)
  expect(faultsOf(told)).toEqual([
    expect.stringContaining('own password: students can change userPassword'),
    expect.stringContaining('300000 are wanted'),
  ])
  await slapd?.under({ access: rules })
})

test('a base that is not there, and a schema that lacks something, are told', async () => {
  const { profile } = stage.directory('paris-sorbonne')
  const elsewhere = { ...profile, base: 'ou=nowhere,dc=paris-sorbonne,dc=fr' }
  const { told } = await examined([changed('paris-sorbonne', { profile: elsewhere })])
  expect(faultsOf(told)).toEqual([expect.stringContaining('paris-sorbonne base: ou=nowhere')])
  const richer = {
    ...profile,
    managed: [...profile.managed, 'shoeSize'],
    objectClasses: ['inetOrgPerson', 'walker'],
  }
  const lacking = await examined([changed('paris-sorbonne', { profile: richer })])
  expect(faultsOf(lacking.told)).toEqual(['paris-sorbonne schema: does not know walker, shoeSize'])
})

test('a right that is missing is told before anybody waits for it', async () => {
  const slapd = stage.directory('paris-sorbonne').slapd
  const rules = await accessRules()
  await slapd?.under({ access: rules.replace(/(by dn.exact="cn=matricule[^"]*") write/g, '$1 read') })
  const { told } = await examined([changed('paris-sorbonne', {})], { write: true })
  expect(faultsOf(told)).toEqual([expect.stringContaining('right to write: an entry cannot be added')])
  await slapd?.under({ access: rules })
})

test.each([
  ['', 'quality 2 alone'],
  ['ppolicy_hash_cleartext', 'quality 2, and hashes what comes in clear'],
])(
  'a password policy that refuses what is hashed already is told before and by a trial (%s: %s)',
  async (more) => {
    const directory = stage.directory('paris-sorbonne')
    const policy = `cn=policy,${directory.profile.base}`
    const overlay = `overlay ppolicy\nppolicy_default "${policy}"\n${more}`
    await directory.slapd?.under({ more: { modules: ['ppolicy'], after: overlay } })
    const rule = (quality: string) => ({
      objectClass: ['device', 'pwdPolicy'],
      cn: ['policy'],
      pwdAttribute: ['userPassword'],
      pwdCheckQuality: [quality],
    })
    try {
      await directory.add(policy, rule('2'))
      const read = await examined([changed('paris-sorbonne', {})])
      expect(read.exit).toBe(1)
      expect(faultsOf(read.told)).toEqual([
        expect.stringContaining('refuses values that are hashed already (pwdCheckQuality 2)'),
      ])
      const tried = await examined([changed('paris-sorbonne', {})], { write: true })
      expect(faultsOf(tried.told)).toContainEqual(
        expect.stringContaining('an entry is taken without its password, and refused with it'),
      )
      expect(await directory.entry('matricule-doctor')).toBeNull()

      // Hidden from us, only the trial finds it out.
      const hidden = `access to dn.exact="${policy}" by * none\n${await accessRules()}`
      await directory.slapd?.under({ access: hidden })
      const unseen = expect.stringContaining('has entries, and none is shown') as string
      expect(faultsOf((await examined([changed('paris-sorbonne', {})])).told)).toEqual([unseen])
      const found = await examined([changed('paris-sorbonne', {})], { write: true })
      expect(faultsOf(found.told)).toEqual([unseen, expect.stringContaining('password policy')])
      await directory.slapd?.under({ access: await accessRules() })

      await directory.remove(policy)
      await directory.add(policy, rule('1'))
      const lenient = await examined([changed('paris-sorbonne', {})], { write: true })
      expect(faultsOf(lenient.told)).toEqual([])
      expect(lenient.text).toContain('none refuses values that are hashed already')
    } finally {
      await directory.remove(policy)
      await directory.slapd?.under({ more: {}, access: await accessRules() })
    }
  },
)
