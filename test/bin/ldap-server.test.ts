import { execFile, spawn } from 'node:child_process'
import { mkdtempDisposable, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'ldapts'
import { expect, it } from 'vitest'
import { packageRoot } from '../../platform/root.ts'

const program = join(packageRoot, 'bin', 'main.ts')
const suffix = 'dc=example,dc=org'
const first = `version: 1

dn: ${suffix}
objectClass: organization
objectClass: dcObject
o: Example
dc: example

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people
`

/** Runs `matricule … --json`. @returns its exit code and its one answer */
function run(
  ...args: string[]
): Promise<{ code: number; answer: { ok: boolean; data?: unknown; error?: { code: string } } }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, '--json', ...args], (_error, out) => {
      resolve({
        code: child.exitCode ?? -1,
        answer: JSON.parse(out) as { ok: boolean; data?: unknown; error?: { code: string } },
      })
    })
  })
}

it('a directory of its own is filled by LDIF, serves, stops when asked, and is written as the same LDIF', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-ldap-server-'))
  const file = (name: string): string => join(folder.path, name)
  const settings = file('ldap-server.yaml')
  await writeFile(
    settings,
    `suffix: ${suffix}\npeople: ou=people,${suffix}\nfolder: data\nlisten: [{ port: 0 }]\nlimits: { searchSeconds: 10 }\n`,
  )
  await writeFile(file('first.ldif'), first)
  const command = ['ldap-server', '--settings', settings]
  expect(await run(...command, 'import', file('first.ldif'))).toEqual({
    code: 0,
    answer: { ok: true, data: { added: 2, entries: 2 } },
  })
  expect(await run(...command, 'import', settings)).toMatchObject({
    code: 1,
    answer: { error: { code: 'LDIF_INVALID' } },
  })

  const server = spawn(process.execPath, [program, '--json', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve))
  let url = ''
  for await (const line of createInterface({ input: server.stdout })) {
    const { data } = JSON.parse(line) as { data: { listening: string[]; entries: number } }
    expect(data.entries).toBe(2)
    url = data.listening[0] ?? ''
    break
  }
  const client = new Client({ url })
  const { searchEntries } = await client.search('', { scope: 'base', attributes: ['namingContexts'] })
  expect(searchEntries[0]?.['namingContexts']).toBe(suffix)
  // Beside the server: what is there is written, what is not can wait.
  expect(await run(...command, 'export', '--out', file('x.ldif'))).toMatchObject({
    answer: { ok: true, data: { entries: 2 } },
  })
  expect((await readdir(file('data'))).filter((name) => name.startsWith('export'))).toEqual([])
  expect(await run(...command, 'import', file('first.ldif'))).toMatchObject({
    code: 2,
    answer: { error: { code: 'HOME_IN_USE' } },
  })
  server.kill('SIGTERM')
  expect(await ended).toBe(0)

  expect(await run(...command, 'export', '--out', file('all.ldif'))).toMatchObject({
    answer: { data: { entries: 2 } },
  })
  const all = await readFile(file('all.ldif'), 'utf8')
  expect(all).toBe(await readFile(file('x.ldif'), 'utf8'))
  expect(all).toMatch(/^entryUUID: [0-9a-f-]{36}$/m)
  const other = file('other.yaml')
  await writeFile(other, (await readFile(settings, 'utf8')).replace('folder: data', 'folder: other'))
  await run('ldap-server', '--settings', other, 'import', file('all.ldif'))
  await run('ldap-server', '--settings', other, 'export', '--out', file('again.ldif'))
  // Only the number of the last change is new: whoever follows sees a new directory.
  const without = (text: string): string => text.replace(/^entryCSN: .*\n/gm, '')
  expect(without(await readFile(file('again.ldif'), 'utf8'))).toBe(without(all))
}, 60_000)

it('all problems of the settings are told at once, and it is wrong use', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-ldap-server-'))
  const settings = join(folder.path, 'wrong.yaml')
  await writeFile(settings, 'suffix: 3\nlisten: []\nunknown: true\n')
  const { code, answer } = await run('ldap-server', '--settings', settings)
  expect(code).toBe(2)
  for (const key of ['suffix', 'folder', 'listen', 'unknown']) expect(JSON.stringify(answer)).toContain(key)
})
