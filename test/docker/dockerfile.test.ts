import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { loadSettings, settingLeaves } from '../../platform/settings.ts'
import { isInContext } from './builder.ts'
import { dockerfileText, environmentOf, imageOf, stagesOf } from './dockerfile.ts'

const manifest = jsonOf('package.json') as { version: string; description: string; license: string }

test.each(['docker/Dockerfile', 'docker/openldap/Dockerfile'])(
  '%s has nothing to be said against',
  (path) => {
    const text = dockerfileText(path)
    expect(validate(text)).toEqual([])
    for (const { base, steps } of stagesOf(text)) {
      // Pinned by a tag that says more than « the newest ».
      expect(base).toMatch(/^[a-z]+:\d[\w.-]*(@sha256:[0-9a-f]{64})?$/)
      expect(steps.map(({ keyword }) => keyword)).not.toContain('ADD')
    }
  },
)

describe('the image of the house', () => {
  const text = dockerfileText('docker/Dockerfile')
  const stages = stagesOf(text)
  const image = imageOf(text)
  const steps = stages.flatMap((stage) => stage.steps)
  const sources = steps
    .filter(({ keyword, flags }) => keyword === 'COPY' && !flags.has('from'))
    .flatMap(({ words }) => words.slice(0, -1))
  const last = (keyword: string) => image.steps.findLast((step) => step.keyword === keyword)

  test('runs as somebody who is not root, known by number', () => {
    expect(last('USER')?.words[0]).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/)
    // What comes after root has gone can change nothing.
    const kept = image.steps.slice(image.steps.findIndex(({ keyword }) => keyword === 'USER'))
    expect(kept.map(({ keyword }) => keyword)).not.toContain('RUN')
  })

  test('asks itself for its health, and starts everything, without a shell between', () => {
    expect(last('HEALTHCHECK')?.text).toBe('CMD ["matricule", "health"]')
    expect(last('ENTRYPOINT')?.text).toBe('["matricule"]')
    expect(last('CMD')?.text).toBe('["up"]')
  })

  test('is made of what the checkout holds and sends', async () => {
    for (const source of sources) {
      await stat(join(packageRoot, source))
      expect(isInContext(source), source).toBe(true)
    }
  })

  test('holds every room that the tarball holds, and the schemas', () => {
    const { include } = jsonOf('tsconfig.build.json') as { include: string[] }
    expect(sources).toEqual(expect.arrayContaining([...include, 'schemas', 'package.json']))
  })

  test.each([
    '.git/config',
    '.env',
    'var/keys.json',
    'node_modules/pg/package.json',
    'matricule.yaml',
    'test/docker/dockerfile.ts',
  ])('is never sent %s', (path) => {
    expect(isInContext(path)).toBe(false)
  })

  test('takes packages from the lock alone, and runs no script of theirs', () => {
    const installing = steps.filter(
      ({ keyword, text: command }) => keyword === 'RUN' && /\bnpm (?!run)/.test(command),
    )
    expect(installing).toHaveLength(2)
    for (const { text: command } of installing)
      expect(command).toMatch(/^npm ci (--omit=dev )?--ignore-scripts\b/)
    for (const stage of stages) {
      const at = stage.steps.findIndex(({ text: command }) => command.startsWith('npm ci'))
      const before = stage.steps.slice(0, at).flatMap(({ words }) => words)
      if (at !== -1) expect(before).toContain('package-lock.json')
    }
  })

  test('stands on one base, of the Node that the house asks for', () => {
    const [base = '', ...others] = new Set(stages.map((stage) => stage.base))
    expect(others).toEqual([])
    expect(base.split(/[:.-]/)[1]).toBe(readFileSync(join(packageRoot, '.nvmrc'), 'utf8').trim())
    expect(labels()['base.name']).toBe(`docker.io/library/${base}`)
  })

  test('says what it is in the words of the package', () => {
    expect(labels()).toMatchObject({
      description: manifest.description,
      version: manifest.version,
      licenses: manifest.license,
    })
  })

  test('is told settings that there are, and exposes their ports', () => {
    const { config } = loadSettings({ env: environmentOf(image) })
    expect(config.home).toBe(last('VOLUME')?.words[0])
    // Those that listen on loopback for ever (the inbox of the demonstration) are nobody's outside.
    const outside = settingLeaves().filter(
      ({ key }) => /\.port$/.test(key) && hostOf(config, key) === '0.0.0.0',
    )
    expect(last('EXPOSE')?.words.map(Number).sort()).toEqual(outside.map((leaf) => leaf.default).sort())
  })

  function labels(): Record<string, string> {
    const found = last('LABEL')?.text.matchAll(/org\.opencontainers\.image\.(\S+)="([^"]*)"/g) ?? []
    return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]))
  }
})

/** `web.port` → the value of `web.host`. */
function hostOf(config: object, key: string): unknown {
  const path = key.replace(/port$/, 'host').split('.')
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], config)
}

function jsonOf(path: string): unknown {
  return JSON.parse(readFileSync(join(packageRoot, path), 'utf8'))
}
