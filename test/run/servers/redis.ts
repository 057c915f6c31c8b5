import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePorts } from '../ports.ts'
import type { Certificates } from './certificates.ts'
import { container, engineInsteadOf } from './containers.ts'
import { program, programsOf } from './program.ts'
import { serve, type Server } from './server.ts'

/** A Redis that keeps nothing on disk. */
export interface TestRedis extends Server {
  /** Its address, with credentials. */
  readonly url: string
  /** Whatever it holds: keys and values. */
  held(): Promise<ReadonlyMap<string, string>>
}

const password = 'not-the-students'

/** @param tls what it shows; without it, it is spoken to in clear */
export async function startRedis({ tls }: { tls?: Certificates } = {}): Promise<TestRedis> {
  const [port = 0] = await freePorts(1)
  const url = `${tls ? 'rediss' : 'redis'}://:${password}@127.0.0.1:${port}`
  const options = { tls: tls ? { ca: tls.ca } : undefined, retryStrategy: () => null, lazyConnect: true }
  const asking = async <T>(ask: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url, options)
    redis.on('error', () => undefined)
    try {
      await redis.connect()
      return await ask(redis)
    } finally {
      redis.disconnect()
    }
  }
  const server = await serve(await machineOf(port, tls), port, () => asking((redis) => redis.ping()))
  return {
    ...server,
    url,
    held: () =>
      asking(async (redis) => {
        const keys = await redis.keys('*')
        return new Map(
          await Promise.all(keys.map(async (key) => [key, (await redis.get(key)) ?? ''] as const)),
        )
      }),
  }
}

async function machineOf(port: number, tls: Certificates | undefined) {
  const settings = ['--save', '', '--appendonly', 'no', '--requirepass', password]
  const programs = programsOf('redis-server')
  if (!programs) {
    if (tls) throw new Error('a Redis in a container speaks in clear')
    const engine = await engineInsteadOf(['redis-server'])
    const image = new engine.containers.GenericContainer('redis:7.0-bookworm')
    return container(engine, image.withCommand(['redis-server', ...settings]), { port, inside: 6_379 })
  }
  const folder = await mkdtemp(join(tmpdir(), 'matricule-redis-'))
  const file = (name: string) => join(folder, name)
  try {
    const how = tls
      ? [
          ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ['--tls-cert-file', file('certificate'), '--tls-key-file', file('key')],
          ['--tls-ca-cert-file', file('ca')],
        ].flat()
      : ['--port', String(port)]
    for (const [name, text] of Object.entries(tls ?? {}))
      await writeFile(file(name), String(text), { mode: 0o600 })
    const args = ['--bind', '127.0.0.1', '--dir', folder, ...settings, ...how]
    return program({ command: programs('redis-server'), args, folder })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
