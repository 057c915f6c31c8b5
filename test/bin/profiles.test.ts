import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProfiles } from '../../bin/profiles.ts'
import { packageRoot } from '../../platform/root.ts'
import { loadSettings } from '../../platform/settings.ts'
import { holder } from '../domain/people.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'matricule-profiles-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A module of a site, as docs/profiles.md shows one. */
const module = (changes: Record<string, string> = {}) => {
  const parts = {
    base: "'ou=people,dc=example,dc=org'",
    filter: "'(objectClass=inetOrgPerson)'",
    objectClasses: "['inetOrgPerson']",
    managed: "['objectClass', 'uid', 'cn', 'sn', 'mail', 'userPassword']",
    scheme: "'ssha512'",
    verifier: "'readable'",
    identify: 'numberFromUid',
    entry: `(holder) => hasEntry(holder) ? {
      id: holder.person.number,
      dn: 'uid=' + holder.person.number + ',ou=people,dc=example,dc=org',
      attributes: attributesOf({ uid: [holder.person.number], mail: [holder.mail] }),
    } : null`,
    ...changes,
  }
  return `import { attributesOf, hasEntry, numberFromUid } from '${join(packageRoot, 'bin', 'profile.ts')}'
    export const profile = { ${Object.entries(parts)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ')} }`
}

let written = 0
async function opened(text: string, settings: Record<string, string> = {}) {
  const path = join(folder, `profile-${++written}.ts`)
  await writeFile(path, text)
  const { config } = loadSettings({
    env: {
      MATRICULE_HOME: folder,
      MATRICULE_TARGETS_UPMC_PROFILE: path,
      MATRICULE_TARGETS_UPMC_URL: 'ldap://127.0.0.1',
      MATRICULE_TARGETS_UPMC_BIND_DN: 'cn=matricule',
      MATRICULE_TARGETS_UPMC_PASSWORD_FILE: path,
      ...settings,
    },
    cwd: folder,
  })
  return (await openProfiles(config)).get('upmc')
}

test('a site’s own profile is loaded by its path, and bears the name of its target', async () => {
  const profile = await opened(module())
  expect(profile).toMatchObject({ name: 'upmc', base: 'ou=people,dc=example,dc=org', verifier: 'readable' })
  const site = { establishment: '', scope: '', names: 'usage', rightStates: ['E'] } as const
  expect(profile?.entry(holder(), site)?.dn).toBe(`uid=${holder().person.number},ou=people,dc=example,dc=org`)
  expect(profile?.entry(holder({ state: 'invited' }), site)).toBeNull()
})

test('its people may live elsewhere', async () => {
  const profile = await opened(module(), { MATRICULE_TARGETS_UPMC_BASE: 'ou=students,dc=example,dc=org' })
  expect(profile?.base).toBe('ou=students,dc=example,dc=org')
})

test.each([
  [{ managed: "['cn']" }, 'managed: must hold uid'],
  [{ filter: "'(uid=1'" }, 'filter: must be a filter'],
  [{ entry: "'text'" }, 'entry: must be a function'],
  [{ verifier: "'maybe'" }, 'verifier:'],
  [{ scheme: "'rot13'" }, 'passwords.schemes: upmc needs rot13'],
])('with %j it is refused with what is wrong', async (changes, told) => {
  await expect(opened(module(changes))).rejects.toMatchObject({
    code: 'SETTINGS_INVALID',
    message: expect.stringContaining(told) as string,
  })
})

test.each([
  ['export const other = 1', 'exports no profile'],
  ['export const profile = {', 'cannot be loaded'],
  ["import 'no-such-package'", 'cannot be loaded'],
])('a module that says %j is refused', async (text, told) => {
  await expect(opened(text)).rejects.toThrow(told)
})

test('a name that the house does not have is refused with those that it has', async () => {
  const { config } = loadSettings({
    env: { MATRICULE_HOME: folder, MATRICULE_TARGETS_UPMC_PROFILE: 'other' },
  })
  await expect(openProfiles(config)).rejects.toThrow('there are primary, paris-sorbonne, upmc')
})
