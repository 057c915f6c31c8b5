import { useLayoutEffect, useRef } from 'preact/hooks'
import { useWords } from '../words.ts'

/** A field that cannot be sent as it is. */
export interface Slip {
  id: string
  message: string
}

/** The fields to correct, each a way to its field. Takes the focus when it appears; give it another `key`
 *  to make it do so again. */
export function Slips({ slips }: { slips: readonly Slip[] }) {
  const words = useWords()
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => box.current?.focus(), [])
  return (
    <div class="notice bad" ref={box} tabIndex={-1} role="group" aria-labelledby="slips-title">
      <h2 id="slips-title">{words.toCorrect}</h2>
      <ul>
        {slips.map(({ id, message }) => (
          <li key={id}>
            <button type="button" class="as-link" onClick={() => document.getElementById(id)?.focus()}>
              {message}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
