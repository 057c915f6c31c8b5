import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { clientOf, type Database, type DatabaseClient, type Given } from './database.ts'
import { translated } from './unavailable.ts'
import type { Answer, Notification, Request } from './pglite-worker.ts'

/** How long a caller waits for its turn. Far above any honest wait: a caller that asks for a second
 *  connection while it holds the first gets an error instead of silence. */
const turnLimitMs = 60_000

/** Opens the embedded registry in `folder` (in memory when null) as a pool of one connection, so that Kysely's
 *  PostgreSQL dialect drives it. Whoever holds the connection holds it alone: a transaction of one caller never swallows
 *  the statement of another. `notified` gets each NOTIFY on `channel`. */
export async function openPGlite(
  folder: string | null,
  channel: string,
  notified: (payload: string) => void,
  clock: Clock,
): Promise<Database> {
  const worker = new Worker(new URL(`./pglite-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: { folder, channel },
  })
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let closing = false
  let failed: Error | null = null
  const { promise: broken, resolve: breakWith } = Promise.withResolvers<Error>()
  const { promise: ready, resolve: isReady, reject: notReady } = Promise.withResolvers<undefined>()
  const { promise: ended, resolve: hasEnded } = Promise.withResolvers<undefined>()

  const fail = (cause: Error) => {
    const error = translated(Object.assign(cause, { code: '57P01' }))
    failed = error
    notReady(error)
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    if (!closing) breakWith(error)
  }
  worker.on('message', (message: Answer | Notification | 'ready') => {
    if (message === 'ready') isReady(undefined)
    else if ('notify' in message) notified(message.notify)
    else {
      waiting.get(message.id)?.resolve(message)
      waiting.delete(message.id)
    }
  })
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => {
    if (failed === null) fail(new Error('the registry has been closed'))
    hasEnded(undefined)
  })
  await ready

  async function send(sql: string, params: readonly unknown[] | null): Promise<Given> {
    if (failed !== null) throw failed
    const id = ++lastId
    const answer = await new Promise<Answer>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, sql, params } satisfies Request)
    })
    if (answer.error) throw translated(Object.assign(new Error(answer.error.message), answer.error))
    return { rows: answer.rows ?? [], count: answer.count ?? 0 }
  }

  let last: Promise<unknown> = Promise.resolve()
  const connect = async (): Promise<DatabaseClient> => {
    const before = last
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    last = released
    const { promise: late, reject: tooLate } = Promise.withResolvers<never>()
    using _timer = clock.after(turnLimitMs, () =>
      tooLate(
        new IdentityError('UNAVAILABLE', 'the registry has been busy for too long', { transient: true }),
      ),
    )
    try {
      await Promise.race([before, late])
    } catch (error) {
      void before.then(() => release(undefined))
      throw error
    }
    return clientOf(send, () => release(undefined))
  }
  return {
    broken,
    connect,
    options: {},
    async end() {
      if (closing) return ended.then(() => undefined)
      closing = true
      await last
      worker.postMessage('close')
      await ended
    },
  }
}
