import { useEffect, useState } from 'preact/hooks'
import type { Judgement } from '../answers.ts'
import type { Api } from '../call.ts'

/** What is known of the password being typed. `judgement` is of the text before last while `judging`. */
export type Strength =
  | { state: 'empty' }
  | { state: 'judging'; judgement: Judgement | null }
  | { state: 'judged'; judgement: Judgement }
  | { state: 'unknown' }

/** How long typing must pause before the server is asked. */
const pauseMs = 300

/** Has the password judged as it is typed; a judgement that is overtaken is aborted. */
export function useStrength(api: Api, password: string, context: string | null): Strength {
  const [strength, setStrength] = useState<Strength>({ state: 'empty' })
  useEffect(() => {
    if (password === '') {
      setStrength({ state: 'empty' })
      return
    }
    setStrength((last) => ({
      state: 'judging',
      judgement: last.state === 'judged' || last.state === 'judging' ? last.judgement : null,
    }))
    const overtaken = new AbortController()
    const pause = setTimeout(() => {
      void api.judge(password, context, overtaken.signal).then((outcome) => {
        if (overtaken.signal.aborted) return
        setStrength(outcome.ok ? { state: 'judged', judgement: outcome.value } : { state: 'unknown' })
      })
    }, pauseMs)
    return () => {
      clearTimeout(pause)
      overtaken.abort()
    }
  }, [api, password, context])
  return strength
}
