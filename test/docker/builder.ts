import dockerignore from '@balena/dockerignore'
import { readFileSync } from 'node:fs'
import { cp, mkdir, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { packageRoot } from '../../platform/root.ts'
import { runProgram } from '../run/servers/program.ts'
import type { Stage, Step } from './dockerfile.ts'

const ignored = dockerignore.default().add(readFileSync(join(packageRoot, '.dockerignore'), 'utf8'))

/** Whether a path, from the root of the checkout, is sent to whoever builds the image. */
export function isInContext(path: string): boolean {
  return path === '' || !ignored.ignores(path)
}

/** Where `programs` of the base lie, and the root of each stage by its name. */
export interface Built {
  readonly programs: string
  readonly root: (stage: string) => string
}

/** Carries out the stages of a Dockerfile in a folder, as far as that goes without an engine: each stage is a folder, the
 *  base is this machine with the Node that runs the tests. What the last stage runs is left out, since it changes the
 *  base; and where all packages are installed, those of the checkout are taken, which the same command has installed. */
export async function build(stages: readonly Stage[], folder: string): Promise<Built> {
  const programs = join(folder, 'programs')
  await mkdir(programs)
  await cp(process.execPath, join(programs, 'node'))
  const root = (stage: string) => join(folder, 'stages', stage || 'image')
  for (const stage of stages) {
    let workdir = root(stage.name)
    for (const step of stage.steps) {
      if (step.keyword === 'WORKDIR') {
        workdir = join(root(stage.name), step.words[0] ?? '')
        await mkdir(workdir, { recursive: true })
      } else if (step.keyword === 'COPY') await copy(step, workdir, root)
      else if (step.keyword === 'RUN' && stage.name !== '') await run(step.text, workdir, programs)
    }
  }
  return { programs, root }
}

async function copy({ flags, words }: Step, workdir: string, root: (stage: string) => string): Promise<void> {
  const from = flags.get('from')
  const destination = words.at(-1) ?? ''
  for (const source of words.slice(0, -1)) {
    const path = join(from === undefined ? packageRoot : root(from), source)
    const intoFolder = destination.endsWith('/') && !(await stat(path)).isDirectory()
    const to = resolve(workdir, destination, intoFolder ? basename(source) : '')
    await mkdir(dirname(to), { recursive: true })
    await cp(path, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => from !== undefined || isInContext(relative(packageRoot, each)),
    })
  }
}

async function run(command: string, workdir: string, programs: string): Promise<void> {
  if (command === 'npm ci --ignore-scripts') {
    await symlink(join(packageRoot, 'node_modules'), join(workdir, 'node_modules'))
    return
  }
  const path = `PATH=${programs}:${process.env['PATH'] ?? ''}`
  await runProgram('env', [path, 'npm_config_prefer_offline=true', 'sh', '-c', command], { cwd: workdir })
}
