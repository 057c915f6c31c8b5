import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import { upmc } from '../../domain/profiles/upmc.ts'
import { openDirectories, type TestDirectory } from '../run/directories.ts'
import { systemClock } from '../../platform/clock.ts'

let directory: TestDirectory
let all: Map<string, TestDirectory>
beforeAll(async () => {
  all = await openDirectories()
  const found = all.get('upmc')
  if (found === undefined) throw new Error('there is no upmc')
  directory = found
})
afterAll(async () => {
  for (const each of all.values()) await each.close()
})

const stand = (_number: string | null, stored: string) => `mac of ${stored.slice(0, 6)}`
const person = (number: string, more: Record<string, string[]> = {}) => ({
  objectClass: ['inetOrgPerson'],
  uid: [number],
  cn: ['Ada'],
  sn: ['Lovelace'],
  ...more,
})

test('a bind without a password is never sent', async () => {
  let asked = 0
  const server = createServer((socket) => {
    asked++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const target = createLdapTarget({
    profile: upmc,
    url: `ldap://127.0.0.1:${port}`,
    bindDn: 'cn=matricule,ou=services,dc=upmc,dc=fr',
    password: '',
    mode: 'write',
    startTls: false,
    timeoutMs: 1_000,
    clock: systemClock,
    window: 32,
  })
  await expect(target.lane('nudge').read('21100001', stand)).rejects.toMatchObject({
    code: 'TARGET_UNAVAILABLE',
    transient: true,
  })
  expect(asked).toBe(0)
  await target.close()
  await new Promise((resolve) => server.close(resolve))
})

test('a scan gives every person once, over pages, and never a verifier', async () => {
  const { base } = directory.profile
  const numbers = Array.from({ length: 1_100 }, (_, index) => String(21_700_000 + index))
  await Promise.all(
    numbers.map((number) =>
      directory.add(`uid=${number},${base}`, person(number, { userPassword: [`{SSHA}of ${number}`] })),
    ),
  )
  const found: string[] = []
  for await (const sightings of directory.target.scan()) {
    for (const sighting of sightings) {
      found.push(sighting.number ?? '')
      expect(sighting.found(stand).attributes['userPassword']).toEqual(['mac of {SSHA}'])
      expect(sighting.uuid).not.toBeNull()
    }
  }
  expect(found.sort()).toEqual(numbers)
})

test('a scan whose connection ends midway fails, and is not taken for the whole', async () => {
  const scan = directory.target.scan()[Symbol.asyncIterator]()
  await scan.next()
  directory.wire.jolt()
  const rest = async () => {
    while ((await scan.next()).done !== true);
  }
  await expect(rest()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' })
  await directory.empty()
})

test('a closed connection is opened and bound anew for the very next call', async () => {
  const { base } = directory.profile
  await directory.add(`uid=21100001,${base}`, person('21100001'))
  const lane = directory.target.lane('nudge')
  expect((await lane.read('21100001', stand)).map(({ dn }) => dn)).toEqual([`uid=21100001,${base}`])
  directory.wire.jolt()
  await expect.poll(() => directory.entry('21100001')).not.toBeNull()
  expect((await lane.read('21100001', stand)).map(({ dn }) => dn)).toEqual([`uid=21100001,${base}`])
})

test('every entry with a login is found, and no text is a filter', async () => {
  const { base } = directory.profile
  await directory.add(`cn=Ada,${base}`, person('21100001'))
  const lane = directory.target.lane('nudge')
  expect(await lane.read('21100001', stand)).toHaveLength(2)
  for (const text of ['*', '2110000*', '21100001)(uid=*', '\\2a', ''])
    expect(await lane.read(text, stand)).toEqual([])
})
