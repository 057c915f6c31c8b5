import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { expect, test } from 'vitest'
import { serviceDn } from '../../bin/first-entries.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import { profiles } from '../../domain/profiles/index.ts'
import { packageRoot } from '../../platform/root.ts'
import { freePorts } from '../run/ports.ts'
import { program } from '../run/servers/program.ts'
import { serve } from '../run/servers/server.ts'
import { systemClock } from '../../platform/clock.ts'

// docker/directory/start, as a container of the demonstration would run it, on the slapd of this machine.

const script = join(packageRoot, 'docker', 'directory', 'start')

async function place(base: string) {
  const folder = await mkdtemp(join(tmpdir(), 'matricule-directory-'))
  const [port = 0] = await freePorts(1)
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, 'demo\n')
  const env = {
    BASE: base,
    PASSWORD_FILE: passwordFile,
    FOLDER: folder,
    CONFIGURATION: join(packageRoot, 'docker'),
    HOUSE_SCHEMA: join(packageRoot, 'schemas', 'ldap'),
    LISTEN: `ldap://127.0.0.1:${port}`,
  }
  const url = `ldap://127.0.0.1:${port}`
  const greet = async () => {
    const client = new Client({ url, timeout: 2_000 })
    await client.search('', { scope: 'base' }).finally(() => client.unbind())
  }
  const start = () => {
    const args = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'sh', script]
    return serve(program({ command: 'env', args, folder }), port, greet)
  }
  return {
    folder,
    url,
    env,
    start,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

test.each(Object.values(profiles))(
  '$name is there with its accounts, writable by ours alone, and keeps what it has',
  async (profile) => {
    await using at = await place(profile.base)
    await using server = await at.start()
    const dn = `uid=21100001,${profile.base}`
    const target = createLdapTarget({
      profile,
      url: at.url,
      bindDn: serviceDn('matricule', profile.base),
      password: 'demo',
      mode: 'write',
      startTls: false,
      timeoutMs: 5_000,
      clock: systemClock,
      window: 32,
    })
    const attributes = {
      objectClass: profile.objectClasses,
      uid: ['21100001'],
      cn: ['Ada'],
      sn: ['Lovelace'],
    }
    await target
      .lane('pass')
      .apply(
        { kind: 'add', id: '21100001', dn, attributes: { ...attributes, userPassword: ['{SSHA}x'] } },
        '{SSHA}x',
      )
    const cas = new Client({ url: at.url })
    await cas.bind(serviceDn('cas', profile.base), 'demo')
    const [seen] = (await cas.search(dn, { scope: 'base' })).searchEntries
    expect(seen).toMatchObject({ cn: 'Ada' })
    expect(seen?.['userPassword']).toBeUndefined()
    await expect(cas.del(dn)).rejects.toMatchObject({ code: 50 })
    await cas.unbind()

    await server.stop()
    await server.start()
    const kept = await target.lane('nudge').read('21100001', () => '')
    expect(kept.map(({ attributes: { sn } }) => sn)).toEqual([['Lovelace']])
    await target.close()
  },
)

test('a start that was broken off in the middle is begun again', async () => {
  await using at = await place('ou=people,dc=example,dc=org')
  const first = await at.start()
  await first.stop()
  // As if it had died after the data and before its note.
  await rm(join(at.folder, 'filled'))
  await first.start()
  expect(await readdir(join(at.folder, 'data'))).toContain('data.mdb')
  await first[Symbol.asyncDispose]()
})

test.each(['BASE', 'PASSWORD_FILE'])('without %s it says so and ends', async (name) => {
  await using at = await place('ou=people,dc=example,dc=org')
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', ...at.env }
  const { [name]: _left, ...others } = env
  const child = spawn('sh', [script], { env: others, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(code).not.toBe(0)
  expect(said).toContain(name)
})
