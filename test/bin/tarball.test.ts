import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { startMatricule } from '../run/matricule.ts'
import { ada, call, everywhere, stageOf } from '../journey/story.ts'

const run = promisify(execFile)

test('the tarball, installed in an empty folder, runs everything', { timeout: 300_000 }, async () => {
  await using folder = await temporaryFolder()
  const checkout = join(folder.path, 'checkout')
  const { stdout: listed } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: packageRoot,
  })
  for (const file of listed.trim().split('\n')) {
    await mkdir(dirname(join(checkout, file)), { recursive: true })
    // A file that was removed and not yet committed is listed all the same.
    await cp(join(packageRoot, file), join(checkout, file)).catch(() => undefined)
  }
  await symlink(join(packageRoot, 'node_modules'), join(checkout, 'node_modules'))
  await run('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: checkout })

  const empty = join(folder.path, 'empty')
  await mkdir(empty)
  await run('npm', ['init', '-y'], { cwd: empty })
  const { stdout: packed } = await run('ls', [folder.path])
  const tarball = packed.split('\n').find((name) => name.endsWith('.tgz')) ?? ''
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', join(folder.path, tarball)], {
    cwd: empty,
  })

  await using running = await startMatricule({
    command: [join(empty, 'node_modules', '.bin', 'matricule'), 'up'],
    cwd: empty,
  })
  await running.ready()
  const { ports } = running
  const page = await fetch(`http://127.0.0.1:${ports.page}/creation-motdepasse/`)
  const html = await page.text()
  expect(html).toContain('<script')
  const [, asset = ''] = /src="(\/creation-motdepasse\/assets\/[^"]+)"/.exec(html) ?? []
  expect((await fetch(`http://127.0.0.1:${ports.page}${asset}`)).status).toBe(200)

  const [, key = ''] = / {2}([A-Z0-9]{12})$/m.exec(running.output()) ?? []
  const stage = stageOf(ports)
  const password = 'un moulin à calculer des nombres'
  expect((await call(stage, '/activation', { studentNumber: ada.number, key, password })).status).toBe(201)
  await everywhere(stage, ada.number, password, true)

  const usable = await run(
    'node',
    [
      '--input-type=module',
      '-e',
      "import { create } from 'matricule/ldap-server'; console.log(typeof create)",
    ],
    { cwd: empty },
  )
  expect(usable.stdout.trim()).toBe('function')

  // A directory alone, as a small school would run it.
  const suffix = 'dc=example,dc=org'
  const settings = [
    'suffix: dc=example,dc=org',
    `people: ou=people,${suffix}`,
    'folder: alone',
    'listen: [{ port: 0 }]',
  ]
  await writeFile(join(empty, 'alone.yaml'), `${settings.join('\n')}\n`)
  const entry = `dn: ${suffix}\nobjectClass: organization\nobjectClass: dcObject\no: Example\ndc: example\n`
  await writeFile(join(empty, 'first.ldif'), entry)
  const command = [
    join(empty, 'node_modules', '.bin', 'matricule'),
    'ldap-server',
    '--settings',
    'alone.yaml',
  ]
  const alone = async (...args: string[]) => (await run('sh', [...command, ...args], { cwd: empty })).stdout
  expect(await alone('import', 'first.ldif')).toContain('1 added, 1 entries')
  expect(await alone('export')).toContain(`dn: ${suffix}`)
})

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'matricule-tarball-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
