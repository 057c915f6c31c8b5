import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { minutesOf } from '../../when.ts'
import type { Loaded } from '../load.ts'
import { useDeskWords, word } from '../words.ts'

/** What went wrong, said where it was asked for; takes the focus. */
export function Failed(props: { code: string; retryAfter?: number | null }) {
  const words = useDeskWords()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <div class="notice bad" ref={box} tabIndex={-1} role="alert">
      <p>
        {word(words.failures, props.code)}
        {props.retryAfter ? ` ${words.again(minutesOf(props.retryAfter))}` : ''}
      </p>
      {props.code === 'SIGN_IN_NEEDED' && (
        <p>
          <a href="/helpdesk/sign-in">{words.welcome.signIn}</a>
        </p>
      )}
    </div>
  )
}

/** What was done, said where it was asked for. It takes the focus where what had it is gone. */
export function Done(props: { children: ComponentChildren; takesFocus?: boolean }) {
  const box = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    if (props.takesFocus === true) box.current?.focus()
  }, [])
  return (
    <p class="notice good" ref={box} tabIndex={-1} role="status">
      {props.children}
    </p>
  )
}

/** What was loaded, once it is there. */
export function Shown<T>(props: { loaded: Loaded<T>; children: (value: T) => ComponentChildren }) {
  const words = useDeskWords()
  const { loaded } = props
  if (loaded.state === 'loading')
    return (
      <p class="waiting" role="status">
        {words.loading}
      </p>
    )
  return loaded.state === 'failed' ? <Failed code={loaded.code} /> : <>{props.children(loaded.value)}</>
}
