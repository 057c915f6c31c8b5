import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres, type Postgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A socket that says the address of the PostgreSQL of this test run, or why there is none. */
    postgres: string
  }
}

/** One PostgreSQL for a whole test run, started when a test asks for it first: tests that need none start none. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Postgres> | null = null
  const folder = await mkdtemp(join(tmpdir(), 'matricule-run-'))
  const door = createServer((caller) => {
    caller.on('error', () => undefined)
    started ??= startPostgres()
    started.then(
      (postgres) => caller.end(postgres.url('postgres')),
      (error: unknown) => caller.end(String(error)),
    )
  })
  const path = join(folder, 'postgres.sock')
  await new Promise<void>((resolve) => door.listen(path, resolve))
  project.provide('postgres', path)
  return async () => {
    door.close()
    await (await started?.catch(() => null))?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
}
