import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, types } from '@electric-sql/pglite'
import { randomPageCost } from './random-page-cost.ts'

/** The embedded registry in a thread of its own, so that a long query stalls nobody else.
 *  Requests `{id, sql, params}` are answered `{id, rows, count}` or `{id, error}`, in order. */
export interface Request {
  id: number
  sql: string
  params: readonly unknown[] | null
}
export interface Answer {
  id: number
  rows?: Record<string, unknown>[]
  count?: number
  error?: { message: string; code?: string; constraint?: string }
}
export interface Notification {
  notify: string
}

const port = parentPort
if (port === null) throw new Error('the registry worker runs in a worker thread')
const { folder, channel } = workerData as { folder: string | null; channel: string }

const database = await PGlite.create({
  ...(folder === null ? {} : { dataDir: folder }),
  parsers: { [types.INT8]: Number },
})
await database.exec(`set random_page_cost = ${randomPageCost}`)
await database.listen(channel, (payload) => {
  port.postMessage({ notify: payload } satisfies Notification)
})

port.on('message', (message: Request | 'close') => {
  if (message === 'close') {
    void database.close().finally(() => port.close())
    return
  }
  void answer(message).then((reply) => {
    port.postMessage(reply)
  })
})
port.postMessage('ready')

async function answer({ id, sql, params }: Request): Promise<Answer> {
  try {
    // Several statements at once (a migration) go by the simple protocol, which takes no parameters.
    if (params === null) {
      await database.exec(sql)
      return { id, rows: [], count: 0 }
    }
    const result = await database.query<Record<string, unknown>>(sql, [...params])
    return { id, rows: result.rows, count: result.affectedRows ?? 0 }
  } catch (error) {
    const { message, code, constraint } = error as Error & { code?: string; constraint?: string }
    return { id, error: { message, ...(code && { code }), ...(constraint && { constraint }) } }
  }
}
