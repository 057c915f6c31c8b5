import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import type { Outcome } from '../call.ts'
import { useDeskWords } from '../words.ts'
import { Failed } from './told.tsx'

/** An act that needs a reason, and where asked the tick that the identity was checked. */
export function ReasonForm<T>(props: {
  id: string
  submit: string
  tick?: boolean
  /** Whether it may be left empty. */
  optional?: boolean
  careful?: boolean
  children?: ComponentChildren
  act: (reason: string) => Promise<Outcome<T>>
  onDone: (value: T) => void
}) {
  const { id, tick = false, optional = false } = props
  const words = useDeskWords()
  const [reason, setReason] = useState('')
  const [ticked, setTicked] = useState(false)
  const [busy, setBusy] = useState(false)
  const [slips, setSlips] = useState({ reason: false, tick: false })
  const [failure, setFailure] = useState<{ code: string; retryAfter: number | null; at: number } | null>(null)

  const send = async () => {
    if (busy) return
    const found = { reason: !optional && reason.trim().length < 3, tick: tick && !ticked }
    setSlips(found)
    setFailure(null)
    const wrong = found.reason ? `${id}-reason` : found.tick ? `${id}-tick` : null
    if (wrong !== null) {
      document.getElementById(wrong)?.focus()
      return
    }
    setBusy(true)
    const outcome = await props.act(reason.trim())
    setBusy(false)
    if (outcome.ok) props.onDone(outcome.value)
    else setFailure({ ...outcome, at: (failure?.at ?? 0) + 1 })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {props.children}
      {failure !== null && <Failed key={failure.at} code={failure.code} retryAfter={failure.retryAfter} />}
      <Field
        id={`${id}-reason`}
        label={words.key.reason}
        hint={words.key.reasonHint}
        error={slips.reason ? words.key.missingReason : null}
        input={{
          type: 'text',
          maxLength: 500,
          autoComplete: 'off',
          value: reason,
          onInput: (event) => setReason(event.currentTarget.value),
        }}
      />
      {tick && (
        <div class={slips.tick ? 'tick-field wrong' : 'tick-field'}>
          <label>
            <input
              id={`${id}-tick`}
              type="checkbox"
              checked={ticked}
              aria-invalid={slips.tick ? true : undefined}
              aria-describedby={slips.tick ? `${id}-tick-error` : undefined}
              onChange={(event) => setTicked(event.currentTarget.checked)}
            />
            {words.key.tick}
          </label>
          {slips.tick && (
            <p class="field-error" id={`${id}-tick-error`}>
              {words.key.missingTick}
            </p>
          )}
        </div>
      )}
      <button
        type="submit"
        class={props.careful === true ? 'desk-button careful' : 'desk-button'}
        aria-disabled={busy}
      >
        {busy ? words.key.sending : props.submit}
      </button>
    </form>
  )
}
