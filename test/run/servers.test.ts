import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { eventually } from './eventually.ts'
import { openBrowser } from './servers/browser.ts'
import { engineInsteadOf } from './servers/containers.ts'
import { freshDatabase } from './servers/database.ts'
import { fill } from './servers/fill.ts'
import { startPostgres } from './servers/postgres.ts'
import { programsOf, runProgram } from './servers/program.ts'
import { promtool } from './servers/promtool.ts'
import { localClient, startSlapd } from './servers/slapd.ts'

const base = 'ou=people,dc=example,dc=org'

async function inDatabase<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  // A server that is killed says so to whoever is connected.
  client.on('error', () => undefined)
  await client.connect()
  return (await client.query<T>(sql).finally(() => client.end())).rows
}

/** PostgreSQL, which does not run as root, must get at what lies within. */
async function folderForAll() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'matricule-test-'))
  await chmod(folder.path, 0o755)
  return folder
}

const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe('an OpenLDAP of a test', () => {
  const look = async (local: string) => {
    const client = localClient(local, { timeout: 500 })
    await client.search('', { scope: 'base' }).finally(() => client.unbind())
  }

  test('answers, stands still, goes on, ends and begins again as it is told', async () => {
    await using slapd = await startSlapd(base)
    await look(slapd.local)
    await slapd.freeze()
    await expect(look(slapd.local)).rejects.toThrow()
    await slapd.thaw()
    await look(slapd.local)
    for (const end of [() => slapd.stop(), () => slapd.kill()]) {
      await end()
      expect(await listens(slapd.port)).toBe(false)
      await slapd.start()
      await look(slapd.local)
    }
  })

  test('says what is wrong with its configuration', async () => {
    await expect(startSlapd(base, { access: 'access to nothing' })).rejects.toThrow(/slapadd/)
    await using slapd = await startSlapd(base)
    await expect(slapd.under({ overlay: 'nosuch' })).rejects.toThrow(/ended with 1[^]*nosuch/)
  })
})

describe('a PostgreSQL of a test', () => {
  test('keeps what was acknowledged when it is killed, and stands still when it is told', async () => {
    await using postgres = await startPostgres()
    const url = postgres.url('postgres')
    await inDatabase(url, 'create table kept (id int); insert into kept values (1)')
    await postgres.kill()
    expect(await listens(postgres.port)).toBe(false)
    await postgres.start()
    expect(await inDatabase(url, 'select id from kept')).toEqual([{ id: 1 }])
    await postgres.freeze()
    await expect(inDatabase(url, 'select 1')).rejects.toThrow()
    await postgres.thaw()
    expect(await inDatabase(url, 'select id from kept')).toEqual([{ id: 1 }])
    await postgres.stop()
    expect(await listens(postgres.port)).toBe(false)
  })

  test.each([
    [false, 'off'],
    [true, 'on'],
  ])('with durable %s has fsync %s', async (durable, fsync) => {
    await using postgres = await startPostgres({ durable })
    expect(await inDatabase(postgres.url('postgres'), 'show fsync')).toEqual([{ fsync }])
  })

  test('gives everybody a database of their own, brought up to date, and takes it back', async () => {
    await using other = await freshDatabase()
    const gone = await freshDatabase()
    const tables = (url: string) => inDatabase(url, 'select tablename from pg_tables')
    await inDatabase(gone.url, 'create table only_here ()')
    expect(await tables(gone.url)).toContainEqual({ tablename: 'only_here' })
    expect(await tables(other.url)).not.toContainEqual({ tablename: 'only_here' })
    expect(await tables(other.url)).toContainEqual({ tablename: 'account' })
    await gone[Symbol.asyncDispose]()
    await expect(inDatabase(gone.url, 'select 1')).rejects.toThrow('does not exist')
  })
})

test('a server dies with the process that started it, even when that one is killed', async () => {
  const servers = join(import.meta.dirname, 'servers')
  const holding = `
    const { startSlapd } = await import('${servers}/slapd.ts')
    const { startPostgres } = await import('${servers}/postgres.ts')
    const ports = [(await startSlapd('${base}')).port, (await startPostgres()).port]
    console.log(JSON.stringify(ports))
    setInterval(() => undefined, 1000)`
  // What the holder has no time to take away.
  await using left = await folderForAll()
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', holding], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: left.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(holder.stdout, 'data')) as [Buffer]
  const ports = JSON.parse(said.toString()) as number[]
  for (const port of ports) expect(await listens(port)).toBe(true)
  holder.kill('SIGKILL')
  for (const port of ports) await eventually('its end', async () => !(await listens(port)))
})

test('a browser opens a page', async () => {
  const browser = await openBrowser()
  const page = await browser.newPage()
  await page.setContent('<h1>Bonjour</h1>')
  expect(await page.textContent('h1')).toBe('Bonjour')
  await browser.close()
})

test('promtool judges rules', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-rules-'))
  const rule = (expression: string) => `groups: [{name: g, rules: [{alert: A, expr: '${expression}'}]}]`
  await writeFile(join(folder.path, 'good.yml'), rule('up == 0'))
  await writeFile(join(folder.path, 'bad.yml'), rule('up =='))
  expect(await promtool(folder.path, 'check', 'rules', 'good.yml')).toContain('1 rules found')
  await expect(promtool(folder.path, 'check', 'rules', 'bad.yml')).rejects.toThrow('parse error')
})

describe('where a server is missing', () => {
  test('without a Docker engine, one sentence says what to install', async () => {
    const none = () => Promise.reject(new Error('Could not find a working container runtime strategy'))
    await expect(engineInsteadOf(['slapd', 'slapd-contrib'], none)).rejects.toThrow(
      /^This test needs the Debian packages slapd slapd-contrib \(.*bin\/prepare --servers.*\), or a Docker engine, and there is neither\.$/,
    )
  })

  test('a package of which a single program is missing counts as missing', () => {
    const { PATH } = process.env
    expect(programsOf('ldap-utils')?.('ldapsearch')).toMatch(/\/ldapsearch$/)
    process.env['PATH'] = ''
    try {
      expect(programsOf('slapd', 'ldap-utils')).toBeNull()
    } finally {
      process.env['PATH'] = PATH
    }
  })

  test('a package that is not in the list that is installed cannot be asked for', () => {
    expect(() => programsOf('nosuch')).toThrow('nosuch')
  })

  test('bin/prepare finds nothing missing here, and without root says in one sentence what is', async () => {
    await using tree = await folderForAll()
    const at = (path: string) => join(tree.path, path)
    for (const path of ['bin/prepare', 'test/run/servers/packages', 'package-lock.json']) {
      await cp(join(packageRoot, path), at(path))
    }
    for (const path of ['web/page', 'node_modules', 'dist/page']) await mkdir(at(path), { recursive: true })
    // As a tree is whose packages are installed and whose page is built.
    for (const path of ['node_modules/.package-lock.json', 'dist/page/index.html'])
      await writeFile(at(path), '')
    const prepare = () => runProgram('sh', ['bin/prepare', '--servers'], { user: 'postgres', cwd: tree.path })
    expect(await prepare()).toBe('')
    await appendFile(at('test/run/servers/packages'), 'nosuch one-package\n/nowhere/*/file another\n')
    await expect(prepare()).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^The tests need these Debian packages.*: one-package another\n$/,
      ) as string,
    })
  })
})

describe('a template', () => {
  test('loses the lines of which a value is empty, and keeps its comments', () => {
    expect(fill('# ${A}\na ${A}\nb ${B} ${A}\nc', { A: 'one', B: '' })).toBe('# ${A}\na one\nc')
  })

  test('of which a value is not told is not filled', () => {
    expect(() => fill('a ${A}', {})).toThrow('A')
  })
})
