import type { Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import type { Progress } from './flows.ts'

/** Milliseconds: between two looks, between two signs of life, and in all. */
export const rhythm = { poll: 1_000, heartbeat: 15_000, end: 600_000 }

export interface Followed {
  /** What was found when the stream was asked for. */
  first: Progress
  /** Looks again. Transient failures are waited out, any other ends the stream. */
  look: () => Promise<Progress>
  clock: Clock
  signal: AbortSignal
}

/** The progress as server-sent events (HTML standard, « Server-sent events »): an event `progress` with the
 *  JSON at once and whenever it changes, a comment when nothing was said for 15 s. Ends when every step is
 *  done, after 10 minutes, or when `signal` aborts. */
export async function* progressEvents({ first, look, clock, signal }: Followed): AsyncGenerator<string> {
  const started = clock.monotonic()
  let said = started
  let known = JSON.stringify(first)
  yield `retry: 10000\n\n${event(known)}`
  let progress = first
  while (!isDone(progress)) {
    await clock.sleep(rhythm.poll, signal)
    const now = clock.monotonic()
    if (signal.aborted || now - started >= rhythm.end) return
    const seen = await lookAgain(look, progress)
    if (seen === null) return
    progress = seen
    const text = JSON.stringify(progress)
    if (text !== known) yield event(text)
    else if (now - said >= rhythm.heartbeat) yield ': still here\n\n'
    else continue
    known = text
    said = now
  }
}

function isDone({ steps }: Progress): boolean {
  return steps.every((step) => step.state === 'done')
}

async function lookAgain(look: () => Promise<Progress>, known: Progress): Promise<Progress | null> {
  try {
    return await look()
  } catch (error) {
    return error instanceof IdentityError && error.transient ? known : null
  }
}

function event(json: string): string {
  return `event: progress\ndata: ${json}\n\n`
}
