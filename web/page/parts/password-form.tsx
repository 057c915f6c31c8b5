import { useState } from 'preact/hooks'
import type { Api } from '../call.ts'
import type { Failure } from '../failure.ts'
import { useStrength } from '../live/use-strength.ts'
import { useWords } from '../words.ts'
import { FailureNotice } from './failure-notice.tsx'
import { PasswordField } from './password-field.tsx'
import { Slips } from './slips.tsx'
import { StrengthMeter } from './strength-meter.tsx'
import { Submit } from './submit.tsx'

/** Chooses a password. `onSend` does the act and gives the failure to show, or null when it is done or shown
 *  elsewhere. `username` is for password managers only. */
export function PasswordForm(props: {
  api: Api
  username: string
  context: string
  submit: string
  onSend: (password: string) => Promise<Failure | null>
}) {
  const { password: words } = useWords()
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [presses, setPresses] = useState(0)
  const [busy, setBusy] = useState(false)
  const strength = useStrength(props.api, password, props.context)

  const refuse = (message: string | null, reported: Failure | null) => {
    setError(message)
    setFailure(reported)
    setPresses((last) => last + 1)
  }
  const send = async () => {
    if (busy) return
    if (password === '') {
      refuse(words.missing, null)
      return
    }
    if (strength.state === 'judged' && !strength.judgement.acceptable) {
      refuse(words.notYet, null)
      return
    }
    setBusy(true)
    const reported = await props.onSend(password)
    setBusy(false)
    if (reported === null) return
    const reason = reported.reasons[0]
    refuse(reason === undefined ? null : words.reasons[reason], reported)
  }
  return (
    <form
      method="post"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {failure !== null && <FailureNotice key={presses} api={props.api} failure={failure} />}
      {failure === null && error !== null && (
        <Slips key={presses} slips={[{ id: 'password', message: error }]} />
      )}
      <input type="text" name="username" autoComplete="username" value={props.username} readOnly hidden />
      <PasswordField
        id="password"
        value={password}
        error={error}
        onType={(typed) => {
          setPassword(typed)
          setError(null)
        }}
      />
      <StrengthMeter id="password-strength" password={password} strength={strength} />
      <Submit busy={busy} idle={props.submit} sending={words.sending} />
    </form>
  )
}
