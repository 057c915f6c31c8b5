import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Api } from '../call.ts'
import type { Failure } from '../failure.ts'

export type VerifiedToken =
  { state: 'checking' } | { state: 'good'; context: string } | { state: 'failed'; failure: Failure }

/** Asks whether a token is good, which does not use it. The second part asks again. */
export function useVerifiedToken(api: Api, token: string): [VerifiedToken, () => void] {
  const [verified, setVerified] = useState<VerifiedToken>({ state: 'checking' })
  const [round, setRound] = useState(0)
  useEffect(() => {
    let gone = false
    setVerified({ state: 'checking' })
    void api.verifyToken(token).then((outcome) => {
      if (gone) return
      setVerified(
        outcome.ok
          ? { state: 'good', context: outcome.value.context }
          : { state: 'failed', failure: outcome.failure },
      )
    })
    return () => {
      gone = true
    }
  }, [api, token, round])
  const again = useCallback(() => setRound((last) => last + 1), [])
  return [verified, again]
}
