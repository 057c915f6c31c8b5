import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openYearOn } from '../../demo/generate.ts'
import { parisDay } from '../../domain/paris.ts'
import { packageRoot } from '../../platform/root.ts'
import { openApogee } from '../run/apogee.ts'
import { portSettings, runMatricule, startMatricule, takePorts } from '../run/matricule.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { temporaryFolder } from '../daemon/source-drops.ts'

test('a house reads Apogée’s tables, and one student of them again when asked', async () => {
  await using apogee = await openApogee()
  await using folder = await temporaryFolder()
  const year = openYearOn(parisDay(new Date()))
  const years = [String(Number(year) - 1), year]
  const [number, newcomer] = [freshNumber(), freshNumber()]
  await apogee.fill([enrolled(number, { years })], [year])
  const secret = join(folder.path, 'url')
  await writeFile(secret, `${apogee.url}\n`)
  const ports = await takePorts()
  const env = {
    ...portSettings(ports),
    MATRICULE_HOME: folder.path,
    MATRICULE_PUBLIC_BASE_URL: `http://127.0.0.1:${ports.page}`,
    MATRICULE_LETTERS_SINCE: '2020-01-01',
    MATRICULE_LETTERS_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MATRICULE_SOURCE_KIND: 'postgres',
    MATRICULE_SOURCE_URL_FILE: secret,
  }
  await using running = await startMatricule({ home: folder.path, ports, env })
  await running.ready()
  const explained = async (who: string) =>
    JSON.parse((await runMatricule(['explain', who, '--json'], env)).output) as unknown
  expect(await explained(number)).toMatchObject({
    right: { kind: 'open', years: [year] },
    key: { state: 'waiting' },
  })

  await apogee.fill([enrolled(number, { years }), enrolled(newcomer, { years: [year] })], [year])
  const { code, output } = await runMatricule(['sync', '--student', newcomer], env)
  expect(output).toContain('source          changed')
  expect(code).toBe(0)
  expect(await explained(newcomer)).toMatchObject({ right: { kind: 'open' }, key: { state: 'waiting' } })
  expect(running.errors()).not.toContain(new URL(apogee.url).username)
}, 120_000)

test('a house without such a source does not load its driver', () => {
  const script = `await import(${JSON.stringify(join(packageRoot, 'bin/house.ts'))})
    const { createRequire } = await import('node:module')
    const cached = Object.keys(createRequire(${JSON.stringify(join(packageRoot, 'package.json'))}).cache)
    console.log(cached.length > 0, cached.some((file) => file.includes('/node_modules/oracledb/')))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  expect(stdout.trim()).toBe('true false')
})
