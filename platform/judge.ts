import { Worker } from 'node:worker_threads'
import type { Clock } from './clock.ts'
import { IdentityError } from './error.ts'
import { createGate } from './gate.ts'
import type { JudgeMemory } from './judge-memory.ts'
import type { Answer, Question } from './judge-worker.ts'
import { judgement, untakable, type Judgement, type Measure } from './judgement.ts'
import { normalisePassword } from './password.ts'
import { workerUrl } from './root.ts'

export type { Judgement, Reason } from './judgement.ts'

export interface Judge {
  /** Judges `password` for somebody of whom `own` is known: number, names, birth date (`YYYY-MM-DD`), personal
   *  address. Rejects with IdentityError UNAVAILABLE (transient) when 200 others wait or the worker cannot start. */
  judge(password: string, own: readonly string[]): Promise<Judgement>
  close(): Promise<void>
}

export interface JudgeOptions {
  readonly clock: Clock
  /** Processor time that measuring one password may take (50 ms); twenty times that by the clock. */
  readonly limitMs?: number
  /** What other judges of this process have measured; without it everything is measured. */
  readonly memory?: JudgeMemory
  /** The worker that measures; another one than the house's is for tests. */
  readonly worker?: URL
}

/** Longest that a worker may take to load its dictionaries. */
const startLimitMs = 30_000
const waitingLimit = 200
/** The clock's share: how many times the limit a worker may wait for a processor. */
const patience = 20

interface Limit {
  readonly clock: Clock
  readonly limitMs: number
}

interface Measurer {
  readonly worker: Worker
  readonly ready: Promise<void>
}

/** Judges passwords, measuring them in a worker thread so that no request waits for another's password. A worker that
 *  exceeds the limit is replaced, and that password is judged without its measure (15 characters decide). */
export function createJudge({ clock, limitMs = 50, memory, worker: address }: JudgeOptions): Judge {
  const url = address ?? workerUrl('judge-worker', import.meta)
  const gate = createGate({ concurrency: 1, waiting: waitingLimit })
  let current: Measurer | null = null
  let closed = false
  let asked = 0

  const drop = async (measurer: Measurer): Promise<void> => {
    if (current === measurer) current = null
    await measurer.worker.terminate()
  }
  const measurer = (): Measurer => (current ??= start(url, clock))

  const measure = async (password: string, own: readonly string[]): Promise<Measure | null> => {
    if (closed) throw unavailable('The judge of passwords is closed.')
    const used = measurer()
    try {
      await used.ready
    } catch (cause) {
      await drop(used)
      throw cause
    }
    const found = await ask(used.worker, { id: ++asked, password, own }, { clock, limitMs })
    if (found !== 'late') return found
    await drop(used)
    if (!isClosed()) measurer().ready.catch(() => undefined)
    return null
  }
  const isClosed = (): boolean => closed
  // The dictionaries load before anybody asks; a failure is told to whoever asks first.
  measurer().ready.catch(() => undefined)

  return {
    async judge(password, own) {
      const text = normalisePassword(password)
      if (untakable(text) !== null) return judgement(text, own, null)
      const found = memory?.recall(text, own) ?? (await gate.run(() => measure(text, own)))
      if (found !== null) memory?.keep(text, own, found)
      return judgement(text, own, found)
    },
    async close() {
      closed = true
      if (current !== null) await drop(current)
    },
  }
}

function start(url: URL, clock: Clock): Measurer {
  const worker = new Worker(url, { resourceLimits: { maxOldGenerationSizeMb: 256 } })
  const ready = new Promise<void>((resolve, reject) => {
    const limit = clock.after(startLimitMs, () =>
      reject(unavailable('The judge of passwords does not start.')),
    )
    const fail = (cause?: unknown) => {
      limit[Symbol.dispose]()
      reject(unavailable('The judge of passwords cannot start.', cause))
    }
    worker.once('message', () => {
      limit[Symbol.dispose]()
      resolve()
    })
    // Also the listener without which an error in the worker would end the process.
    worker.on('error', fail)
    worker.once('exit', () => fail())
  })
  return { worker, ready }
}

/** The worker's answer, or `late` when it spent more than `limitMs` of processor time on it, or twenty times that of
 *  the clock, or ended. Processor time, since on a busy machine a worker that waits for its turn has done no wrong. */
async function ask(
  worker: Worker,
  question: Question,
  { clock, limitMs }: Limit,
): Promise<Measure | null | 'late'> {
  const ended = new AbortController()
  const end = () => ended.abort()
  const isOver = () => ended.signal.aborted
  worker.once('exit', end)
  const started = clock.monotonic()
  const before = await spentMs(worker)
  const answered = new Promise<Measure | null>((resolve) => {
    const hear = (answer: Answer) => {
      if (!('id' in answer) || answer.id !== question.id) return
      worker.off('message', hear)
      resolve(answer.measure)
      end()
    }
    worker.on('message', hear)
    worker.postMessage(question)
  })
  try {
    while (!isOver()) {
      await clock.sleep(limitMs, ended.signal)
      // An answer that lies unread because this thread was busy is let in before the worker is judged.
      if (!isOver()) await clock.sleep(0, ended.signal)
      const overspent = (await spentMs(worker)) - before > limitMs
      if (overspent || clock.monotonic() - started > patience * limitMs) break
    }
    return await Promise.race([answered, Promise.resolve('late' as const)])
  } finally {
    worker.off('exit', end)
  }
}

/** Processor time that the worker has spent so far, in milliseconds; infinite when it runs no more. */
async function spentMs(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1_000
  } catch {
    return Infinity
  }
}

function unavailable(message: string, cause?: unknown): IdentityError {
  return new IdentityError('UNAVAILABLE', message, { cause, transient: true })
}
