import { useEffect, useState } from 'preact/hooks'
import { readProgress, type Progress } from '../answers.ts'
import { apiBase, type Api } from '../call.ts'
import type { Failure } from '../failure.ts'

export type Followed =
  | { state: 'loading' }
  /** `stale` when the last question was not answered: what is shown is what was true before. */
  | { state: 'known'; progress: Progress; stale: boolean }
  | { state: 'failed'; failure: Failure }

/** Between two questions where the stream of events is not to be had: longer each time, since a campus of students may
 *  be asking. */
const pollMs = (asked: number) => Math.min(5_000 * 1.25 ** asked, 60_000)

/** How long an open stream may be silent before we ask all the same: some proxies hold events back. One that has told
 *  something is not held back. */
const quietMs = { untold: 15_000, told: 55_000 }

/** Follows a progress page: asked once, then by a stream of events, then by asking again where a stream ends
 *  or is refused. Stops when everything is done, or when the page is unknown. */
export function useProgress(api: Api, id: string): Followed {
  const [followed, setFollowed] = useState<Followed>({ state: 'loading' })
  useEffect(() => follow(api, id, setFollowed), [api, id])
  return followed
}

type Show = (next: (last: Followed) => Followed) => void

function follow(api: Api, id: string, show: Show): () => void {
  let over = false
  let stream: EventSource | null = null
  let told = false
  let asked = 0
  let next: ReturnType<typeof setTimeout> | undefined

  const take = (progress: Progress) => {
    show(() => ({ state: 'known', progress, stale: false }))
    if (isDone(progress)) stop()
  }
  const ask = async () => {
    const outcome = await api.progress(id)
    asked++
    if (over) return
    if (outcome.ok) {
      take(outcome.value)
      if (!isDone(outcome.value)) stream ??= listen()
    } else if (outcome.failure.code === 'PROGRESS_UNKNOWN') {
      stop()
      show(() => ({ state: 'failed', failure: outcome.failure }))
    } else {
      show((last) => lastKnown(last, outcome.failure))
    }
    askLater()
  }
  const askLater = () => {
    clearTimeout(next)
    if (over) return
    const listening = stream?.readyState === EventSource.OPEN
    next = setTimeout(() => void ask(), listening ? quietMs[told ? 'told' : 'untold'] : pollMs(asked))
  }
  const listen = () => {
    const events = new EventSource(`${apiBase}/progress/${encodeURIComponent(id)}`)
    events.addEventListener('progress', (event: MessageEvent<unknown>) => {
      const progress = typeof event.data === 'string' ? readProgress(parse(event.data)) : null
      if (progress === null || over) return
      told = true
      take(progress)
      askLater()
    })
    // A stream that ends or is refused is not opened again: asking does as well.
    events.addEventListener('error', () => {
      events.close()
      askLater()
    })
    return events
  }
  const stop = () => {
    over = true
    clearTimeout(next)
    stream?.close()
  }
  void ask()
  return stop
}

function isDone(progress: Progress): boolean {
  return progress.steps.every((step) => step.state === 'done')
}

function lastKnown(last: Followed, failure: Failure): Followed {
  return last.state === 'known' ? { ...last, stale: true } : { state: 'failed', failure }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
