import { useState } from 'preact/hooks'
import { useWords } from '../words.ts'

/** The new password: may be pasted, may be shown, and a manager may make it. */
export function PasswordField(props: {
  id: string
  value: string
  error: string | null
  onType: (value: string) => void
}) {
  const { password: words } = useWords()
  const [shown, setShown] = useState(false)
  const { id, error } = props
  const described = [error === null ? '' : `${id}-error`, `${id}-rule`, `${id}-strength`].join(' ').trim()
  return (
    <div class={error === null ? 'field' : 'field wrong'}>
      <div class="field-top">
        <label for={id}>{words.label}</label>
      </div>
      <p class="hint" id={`${id}-rule`}>
        {words.rule}
      </p>
      <div class="password">
        <input
          id={id}
          name="password"
          {...(shown ? { type: 'text' as const } : { type: 'password' as const })}
          autoComplete="new-password"
          autoCapitalize="none"
          autoCorrect="off"
          spellcheck={false}
          maxLength={4096}
          value={props.value}
          onInput={(event) => props.onType(event.currentTarget.value)}
          aria-describedby={described}
          aria-invalid={error === null ? undefined : true}
        />
        <button type="button" class="reveal" aria-controls={id} onClick={() => setShown(!shown)}>
          {shown ? words.hide : words.reveal}
        </button>
      </div>
      <p class="unseen" aria-live="polite">
        {shown ? words.revealed : ''}
      </p>
      {error !== null && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
