import { useEffect, useState } from 'preact/hooks'
import type { Activated } from '../answers.ts'
import { foldKey } from '../activation-key.ts'
import { nameAttempt } from '../attempt.ts'
import type { Api, Bearer } from '../call.ts'
import type { Failure, FailureCode } from '../failure.ts'
import { isoDay } from '../fields.ts'
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

/** Number and key (and the birth date where it is asked), then a password, then the account. They live here and are gone
 *  once used. */
export function ActivationPage({ api, asksBirthDate }: { api: Api; asksBirthDate: boolean }) {
  const [stage, setStage] = useState<Stage>({ at: 'key', failure: null })
  const [number, setNumber] = useState('')
  const [key, setKey] = useState('')
  const [birthDate, setBirthDate] = useState('')
  const [attempt, setAttempt] = useState({ password: '', name: '' })

  // The browser's own way back leads to the key, and not out of the page.
  useEffect(() => {
    const back = () => setStage((last) => (last.at === 'password' ? { at: 'key', failure: null } : last))
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])

  const bearer = (): Bearer => ({
    studentNumber: number,
    key: foldKey(key),
    ...(asksBirthDate ? { birthDate: isoDay(birthDate) ?? '' } : {}),
  })
  const activate = async (password: string): Promise<Failure | null> => {
    // The same password again is the same attempt, whose answer may only have been lost on its way.
    const named = attempt.password === password ? attempt : { password, name: nameAttempt() }
    setAttempt(named)
    const outcome = await api.activate(bearer(), password, named.name)
    if (outcome.ok) {
      setKey('')
      setBirthDate('')
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
        onBack={() => history.back()}
      />
    )
  }
  return (
    <ActivationKey
      api={api}
      number={number}
      activationKey={key}
      birthDate={asksBirthDate ? birthDate : null}
      bearer={bearer}
      failure={stage.failure}
      onNumber={setNumber}
      onKey={setKey}
      onBirthDate={setBirthDate}
      onVerified={(context) => {
        history.pushState(null, '')
        setStage({ at: 'password', context })
      }}
    />
  )
}
