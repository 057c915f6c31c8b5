import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { sql } from 'kysely'
import { seededChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { createApp } from '../../web/app.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { listen } from '../../web/server.ts'
import type { Stage } from '../run/stage.ts'
import { api, config, keptLog } from './app-fixture.ts'

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export interface Sent {
  readonly method?: string
  /** After the host, as it goes on the wire. */
  readonly path: string
  /** Names and values, as they go on the wire, repeated ones too. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
}

/** One call of the API, as it describes itself. */
export interface Call {
  readonly method: string
  readonly path: string
  /** A right body; null where none is read. */
  readonly body: Readonly<Record<string, unknown>> | null
  readonly fields: readonly string[]
  readonly required: readonly string[]
}

/** The page on a stage, behind a real port. */
export interface Door extends AsyncDisposable {
  readonly port: number
  readonly log: ReturnType<typeof keptLog>
  readonly calls: readonly Call[]
  /** Every route there is, described or not: `POST /path`. */
  readonly routes: readonly string[]
  readonly server: Awaited<ReturnType<typeof createApp>>['server']
  send(sent: Sent): Promise<Answer>
  post(path: string, body: string | Buffer, headers?: Sent['headers']): Promise<Answer>
  /** A socket of one's own, and what was said on it so far. */
  dial(): Promise<{ socket: Socket; said: () => string; closed: Promise<unknown> }>
}

export const json = [['content-type', 'application/json']] as const

export async function openDoor(stage: Stage): Promise<Door> {
  const { rules } = stage.house
  const limits = { ...rules.limits, keyFailures: 1_000_000, networkFailures: 1_000_000 }
  const log = keptLog()
  const app = await createApp({
    flows: createFlows({ ...stage.house, rules: { ...rules, limits } }),
    config: config({ requestsPerMinute: 10_000_000 }),
    log,
    clock: systemClock,
    chance: seededChance('door'),
  })
  const web = await listen(app, { host: '127.0.0.1', port: 0, clock: systemClock })
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })

  const send = ({ method = 'GET', path, headers = [], body }: Sent): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: web.port, agent, method, path }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      })
      for (const name of new Set(headers.map(([each]) => each))) {
        asked.setHeader(
          name,
          headers.flatMap(([each, value]) => (each === name ? [value] : [])),
        )
      }
      // Else Node sends the body of some methods without saying how long it is.
      if (body !== undefined) asked.setHeader('content-length', Buffer.byteLength(body))
      asked.on('error', reject)
      asked.end(body)
    })

  const described = JSON.parse((await send({ path: `${api}/openapi.json` })).body) as Described
  return {
    port: web.port,
    log,
    server: app.server,
    calls: callsOf(described),
    routes: routesOf(app.printRoutes({ commonPrefix: false })),
    send,
    post: (path, body, headers = json) => send({ method: 'POST', path, headers, body }),
    async dial() {
      const socket = connect(web.port, '127.0.0.1')
      const closed = new Promise((resolve) => socket.once('close', resolve))
      let heard = ''
      socket.on('error', () => undefined)
      socket.on('data', (bytes: Buffer) => (heard += bytes.toString()))
      await once(socket, 'connect')
      return { socket, said: () => heard, closed }
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await web.close()
    },
  }
}

interface Described {
  paths: Record<string, Record<string, Operation>>
}
interface Operation {
  requestBody?: {
    content: Record<string, { schema: { properties: object; required?: string[] }; example: object }>
  }
}

function callsOf({ paths }: Described): Call[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { requestBody }]) => {
      const content = requestBody?.content['application/json']
      return {
        method: method.toUpperCase(),
        path,
        body: content ? { ...content.example } : null,
        fields: Object.keys(content?.schema.properties ?? {}),
        required: content?.schema.required ?? [],
      }
    }),
  )
}

/** The routes in the tree that Fastify prints. */
function routesOf(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? []
    if (part === '') return []
    const depth = indent.length / 4
    const path = `${parents[depth - 1] ?? ''}${part}`
    parents[depth] = path
    return methods.split(', ').map((method) => `${method} ${path}`)
  })
}

/** All that the registry holds, but for the tables named. */
export async function dumpOf(stage: Stage, except: readonly string[] = []): Promise<string[]> {
  const { db } = stage.rooms.registry
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema() order by 1`.execute(db)
  const lines: string[] = []
  for (const { name } of tables.filter((table) => !except.includes(table.name))) {
    const { rows } = await sql<{ line: string }>`
      select t::text as line from ${sql.table(name)} t order by 1`.execute(db)
    lines.push(...rows.map(({ line }) => `${name}: ${line}`))
  }
  return lines
}
