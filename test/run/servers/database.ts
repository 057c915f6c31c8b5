import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { inject } from 'vitest'
import { openRegistry } from '../../../registry/open.ts'
import type { PostgresOptions } from '../../../registry/postgres-pool.ts'
import { systemClock } from '../../../platform/clock.ts'

/** A database of its own on the PostgreSQL of this test run, its schema that of the registry, nobody in it. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
}

/** How a registry on this server is opened. */
export function serverAt(url: string): PostgresOptions {
  return { url, connections: 10, connectMs: 5_000, statementMs: 30_000 }
}

const template = 'registry_template'
// Any number will do, as long as nothing else takes it.
const lockKey = 7_349_124

/** Copies a database that has been brought up to date once in this test run: some 50 ms. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = new URL(await postgresOfThisRun())
  const name = `registry_${process.pid}_${++count}`
  const at = (database: string) => Object.assign(new URL(server), { pathname: database }).href
  await within(server.href, async (client) => {
    // One after the other: whoever comes first makes the template.
    await client.query('select pg_advisory_lock($1)', [lockKey])
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template])
    if (rowCount === 0) await makeTemplate(client, at)
    await client.query(`create database ${name} template ${template}`)
  })
  return {
    url: at(name),
    [Symbol.asyncDispose]: () =>
      within(server.href, async (client) => {
        await client.query(`drop database ${name} with (force)`)
      }),
  }
}

let count = 0

/** An empty database of its own on that server, or on the one at `address`. */
export async function bareDatabase(address?: string): Promise<FreshDatabase> {
  const server = new URL(address ?? (await postgresOfThisRun()))
  const name = `bare_${process.pid}_${++count}`
  await within(server.href, async (client) => {
    await client.query(`create database ${name} template template0`)
  })
  return {
    url: Object.assign(new URL(server), { pathname: name }).href,
    [Symbol.asyncDispose]: () =>
      within(server.href, async (client) => {
        await client.query(`drop database ${name} with (force)`)
      }),
  }
}

/** Made under another name and renamed, so that half a template is never copied. */
async function makeTemplate(client: pg.Client, at: (database: string) => string): Promise<void> {
  const unfinished = `${template}_unfinished`
  await client.query(`drop database if exists ${unfinished} with (force)`)
  await client.query(`create database ${unfinished}`)
  const registry = await openRegistry({ server: serverAt(at(unfinished)), clock: systemClock })
  await registry.close()
  await client.query(`alter database ${unfinished} rename to ${template}`)
}

async function within(url: string, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await act(client).finally(() => client.end())
}

/** Asks the process that runs the tests, which starts the server when it is asked first (setup.ts). */
async function postgresOfThisRun(): Promise<string> {
  const answer = await text(connect(inject('postgres')))
  if (!answer.startsWith('postgres:')) throw new Error(answer)
  return answer
}
