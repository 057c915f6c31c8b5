import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Outcome } from './call.ts'

export type Loaded<T> =
  { state: 'loading' } | { state: 'failed'; code: string } | { state: 'there'; value: T }

/** Loads when `key` changes, and again when asked; an answer that comes after a newer question is dropped. */
export function useLoaded<T>(ask: () => Promise<Outcome<T>>, key: string): [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' })
  const [times, setTimes] = useState(0)
  useEffect(() => {
    let wanted = true
    if (times === 0) setLoaded({ state: 'loading' })
    void ask().then((outcome) => {
      if (!wanted) return
      setLoaded(
        outcome.ok ? { state: 'there', value: outcome.value } : { state: 'failed', code: outcome.code },
      )
    })
    return () => {
      wanted = false
    }
  }, [key, times])
  return [loaded, useCallback(() => setTimes((last) => last + 1), [])]
}
