import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../platform/clock.ts'
import { startSlapd } from '../run/servers/slapd.ts'
import { people, start, student, writer } from './running.ts'

/** `node test/ldap-server/progs.ts [FOLDER]`: the load programs of OpenLDAP's own tests, run against the embedded
 *  directory and against slapd. FOLDER has them already; otherwise their source is fetched with apt, from wherever this
 *  machine has its Debian packages, and built in a temporary folder, which takes minutes, a compiler, root and the
 *  network. Nothing of it is kept. */
await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-progs-'))
const programs = process.argv[2] ?? (await build(folder.path))

const name = (number: number): string => `uid=${30_000 + number},${people}`
const entries = Array.from({ length: 50 }, (_, number) => student(String(30_000 + number), 'A B', 'C')).join(
  '\n',
)
const clear = (text: string): string => text.replaceAll('{CLEAR}', '')
const file = async (at: string, text: string): Promise<string> => {
  await writeFile(join(folder.path, at), text)
  return join(folder.path, at)
}
const ldif = await file('entries.ldif', clear(entries))
const added = await file('added', `${clear(student('39999', 'A B', 'C')).trim()}\n`)
await mkdir(join(folder.path, 'orders'))
await file('orders/do_search.0', `${people}\n(uid=30001)\n${people}\n(cn=A*)\n`)
await file('orders/do_read.0', `${name(5)}\n${name(6)}\n`)
await file('orders/do_modify.0', `${name(7)}\ntitle:x\n`)
await file('orders/do_modrdn.0', `${name(8)}\n`)
await file('orders/do_add.0', `${clear(student('39998', 'A B', 'C')).trim()}\n`)

const loops = ['-l', '200', '-r', '5']
const list: readonly (readonly [string, ...string[]])[] = [
  ['slapd-bind', ...loops],
  ['slapd-search', ...loops, '-b', people, '-f', '(uid=30001)'],
  ['slapd-search', ...loops, '-b', people, '-f', '(cn=A*)', 'cn', 'sn'],
  ['slapd-read', ...loops, '-e', name(2)],
  ['slapd-mtread', ...loops, '-e', name(2), '-f', '(objectClass=*)', '-c', '4', '-m', '4'],
  ['slapd-modify', ...loops, '-e', name(3), '-a', 'title:x'],
  ['slapd-modrdn', ...loops, '-e', name(4)],
  ['slapd-addel', ...loops, '-f', added],
  ['slapd-tester', '-l', '20', '-j', '8', '-r', '5', '-P', programs, '-d', join(folder.path, 'orders')],
]

await using ours = await start()
await ours.directory.seed(entries)
await using theirs = await startSlapd(people)
await theirs.load(ldif)
for (const [server, port] of [['ours', ours.port] as const, ['slapd', theirs.port] as const]) {
  for (const [program, ...args] of list) {
    const bound = ['-H', `ldap://127.0.0.1:${port}`, '-D', writer, '-w', 'demo']
    const began = systemClock.monotonic()
    const { code, said } = await run(join(programs, program), [...bound, ...args])
    const complaints = said
      .split('\n')
      .filter((line) => /^(?!.*done \(0\)).*(?:ldap_|failed|error|unable|done)/i.test(line))
    const seconds = ((systemClock.monotonic() - began) / 1000).toFixed(1)
    process.stdout.write(
      `${server} ${program}: exit ${code}, ${complaints.length} complaints, ${seconds} s\n`,
    )
    for (const line of complaints.slice(0, 3)) process.stdout.write(`  ${line}\n`)
  }
}
const sorted = await run(join(programs, 'ldif-filter'), ['-s', 'ae'], await exported())
process.stdout.write(`ldif-filter of our LDIF: exit ${sorted.code}\n`)

async function exported(): Promise<string> {
  const { writeLdif } = await import('../../ldap-protocol/ldif.ts')
  return [...writeLdif(ours.directory.entries())].join('')
}

/** Ours is served by this process: nothing may hold it while the program runs. */
function run(
  program: string,
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; said: string }> {
  const child = spawn(program, args, { stdio: 'pipe' })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, said }))
  })
}

/** Rejects with the error of the step that failed; its output is on standard error. */
async function build(into: string): Promise<string> {
  const step = (cwd: string, command: string, ...args: string[]): void => {
    execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
  }
  // From wherever this machine has its packages: most ask for programs alone, without their sources.
  const line = 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)'
  const asked = ['--format', line, 'Created-By: Packages', 'Origin: Debian']
  const sources = new Set(
    execFileSync('apt-get', ['indextargets', ...asked], { encoding: 'utf8' }).split('\n'),
  )
  if (sources.size < 2)
    throw new Error('apt has no sources of Debian: name a folder with the programs instead')
  await writeFile(join(into, 'sources.list'), [...sources].join('\n'))
  await mkdir(join(into, 'lists', 'partial'), { recursive: true })
  const apt = [
    ['-o', `Dir::Etc::sourcelist=${join(into, 'sources.list')}`],
    ['-o', 'Dir::Etc::sourceparts=/dev/null'],
    ['-o', `Dir::State::lists=${join(into, 'lists')}`],
  ].flat()
  step(into, 'apt-get', ...apt, 'update')
  step(into, 'apt-get', ...apt, 'source', '--download-only', 'openldap')
  const source = join(into, 'openldap')
  await mkdir(source)
  step(into, 'sh', '-c', 'tar xf openldap_*.orig.tar.xz -C openldap --strip-components=1')
  step(source, './configure', '--disable-slapd', '--without-cyrus-sasl', '--without-tls')
  for (const part of ['depend', '-Cinclude', '-Clibraries', '-Ctests/progs']) step(source, 'make', part)
  return join(source, 'tests', 'progs')
}
