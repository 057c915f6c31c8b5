import { useState } from 'preact/hooks'
import type { Activated } from '../answers.ts'
import { foldKey } from '../activation-key.ts'
import { nameAttempt } from '../attempt.ts'
import type { Api } from '../call.ts'
import type { Failure, FailureCode } from '../failure.ts'
import { ActivationDone } from './activation-done.tsx'
import { ActivationKey } from './activation-key.tsx'
import { ActivationPassword } from './activation-password.tsx'

type Stage =
  | { at: 'key'; failure: Failure | null }
  | { at: 'password'; context: string }
  | { at: 'done'; account: Activated }

/** Failures that speak of the number or the key: they are shown where these can be corrected. */
const aboutTheKey: readonly FailureCode[] = [
  'KEY_REFUSED',
  'KEY_USED',
  'KEY_REPLACED',
  'RIGHT_MISSING',
  'ADDRESS_SHARED',
]

/** Number and key, then a password, then the account. Number and key live here and are gone once used. */
export function ActivationPage({ api }: { api: Api }) {
  const [stage, setStage] = useState<Stage>({ at: 'key', failure: null })
  const [number, setNumber] = useState('')
  const [key, setKey] = useState('')
  const [attempt, setAttempt] = useState({ password: '', name: '' })

  const activate = async (password: string): Promise<Failure | null> => {
    // The same password again is the same attempt, whose answer may only have been lost on its way.
    const named = attempt.password === password ? attempt : { password, name: nameAttempt() }
    setAttempt(named)
    const outcome = await api.activate(number, foldKey(key), password, named.name)
    if (outcome.ok) {
      setKey('')
      setAttempt({ password: '', name: '' })
      setStage({ at: 'done', account: outcome.value })
      return null
    }
    if (!aboutTheKey.includes(outcome.failure.code)) return outcome.failure
    setStage({ at: 'key', failure: outcome.failure })
    return null
  }

  if (stage.at === 'done') return <ActivationDone api={api} account={stage.account} />
  if (stage.at === 'password') {
    return (
      <ActivationPassword
        api={api}
        number={number}
        keyTyped={foldKey(key).length}
        context={stage.context}
        onSend={activate}
        onBack={() => setStage({ at: 'key', failure: null })}
      />
    )
  }
  return (
    <ActivationKey
      api={api}
      number={number}
      activationKey={key}
      failure={stage.failure}
      onNumber={setNumber}
      onKey={setKey}
      onVerified={(context) => setStage({ at: 'password', context })}
    />
  )
}
