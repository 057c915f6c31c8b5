import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePorts } from '../ports.ts'
import { container, engineInsteadOf } from './containers.ts'
import { program, programsOf, runProgram, weAreRoot } from './program.ts'
import { serve, type Machine, type Server } from './server.ts'

export interface PostgresOptions {
  /** Whether a commit is on the disk before it is acknowledged: false is several times faster, and survives the death of
   *  the server all the same, but not a power cut. */
  readonly durable?: boolean
}

export interface Postgres extends Server {
  /** The superuser's address of a database of the server. */
  url(database: string): string
}

const packages = ['postgresql']
// PostgreSQL refuses to run as root; Debian's package makes this account.
const user = 'postgres'

/** Starts a PostgreSQL of its own, without any database but those it is born with. */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<Postgres> {
  const [port = 0] = await freePorts(1)
  const settings = {
    timezone: 'UTC',
    max_connections: '200',
    // synchronous_commit stays: without it a server that is killed forgets what it has acknowledged.
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  }
  const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const url = (database: string) => `postgres://${user}@127.0.0.1:${port}/${database}`
  const server = await serve(await machineOn(port, set, durable), port, () => greet(url('postgres')))
  return { ...server, url }
}

async function greet(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  await client.connect()
  await client.end()
}

async function machineOn(port: number, set: readonly string[], durable: boolean): Promise<Machine> {
  const programs = programsOf(...packages)
  if (programs) {
    const postgres = programs('/usr/lib/postgresql/*/bin/postgres')
    await using unfinished = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'matricule-postgres-'))
    unfinished.defer(() => rm(folder, { recursive: true, force: true }))
    if (weAreRoot) await runProgram('chown', [user, folder])
    const data = join(folder, 'data')
    const cluster = ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8']
    const made = durable ? cluster : [...cluster, '--no-sync']
    await runProgram(join(postgres, '..', 'initdb'), made, { user, cwd: folder })
    unfinished.move()
    const on = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
    return program({ command: postgres, args: ['-D', data, ...on, ...set], folder, user, stop: 'SIGINT' })
  }
  const engine = await engineInsteadOf(packages)
  const image = new engine.containers.GenericContainer('postgres:15')
  return container(
    engine,
    image
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust', POSTGRES_INITDB_ARGS: '--locale=C.UTF-8' })
      .withCommand(['postgres', ...set]),
    { port, inside: 5432 },
  )
}
