import { useRef, useState } from 'preact/hooks'
import type { Act, Letter } from '../answers.ts'
import { desk } from '../call.ts'
import { useDeskWords, useWhen, word } from '../words.ts'
import { Done, Failed } from './told.tsx'

/** The letters of a student, the newest first, with what became of each. */
export function LettersBox(props: {
  letters: readonly Letter[]
  may: readonly Act[]
  onChanged: () => void
}) {
  const words = useDeskWords()
  const [said, setSaid] = useState<{ code: string | null; retryAfter: number | null; at: number } | null>(
    null,
  )
  const [newest, ...older] = [...props.letters].reverse()
  // Pressed twice it leaves once.
  const busy = useRef(false)
  const resend = async (letter: Letter) => {
    if (busy.current) return
    busy.current = true
    const outcome = await desk.resend(letter.id)
    busy.current = false
    const at = (said?.at ?? 0) + 1
    setSaid(outcome.ok ? { code: null, retryAfter: null, at } : { ...outcome, at })
    if (outcome.ok) props.onChanged()
  }
  const row = (letter: Letter) => (
    <LetterRow
      key={letter.id}
      letter={letter}
      onResend={props.may.includes('resend') && letter.resendable ? () => void resend(letter) : null}
    />
  )
  return (
    <section class="box" aria-labelledby="letters-title">
      <h2 id="letters-title">{words.card.letters}</h2>
      {said !== null &&
        (said.code === null ? (
          <Done key={said.at}>{words.card.resent}</Done>
        ) : (
          <Failed key={said.at} code={said.code} retryAfter={said.retryAfter} />
        ))}
      {newest === undefined ? <p>{words.card.noLetter}</p> : <ul class="rows">{row(newest)}</ul>}
      {older.length > 0 && (
        <details>
          <summary>{words.card.older(older.length)}</summary>
          <ul class="rows">{older.map(row)}</ul>
        </details>
      )}
    </section>
  )
}

function LetterRow(props: { letter: Letter; onResend: (() => void) | null }) {
  const { letter, onResend } = props
  const words = useDeskWords()
  const when = useWhen()
  const kind = word(words.letterKinds, letter.kind)
  return (
    <li>
      <span>
        <strong>{kind}</strong>
        <span class="soft">
          {' '}
          · {word(words.letterStates, letter.state)} {when(letter.at)}
          {letter.reason === null ? '' : ` (${word(words.reasons, letter.reason)})`}
        </span>
      </span>
      {onResend !== null && (
        <button
          type="button"
          class="desk-button quiet small"
          aria-label={`${words.card.resend} : ${kind}`}
          onClick={onResend}
        >
          {words.card.resend}
        </button>
      )}
    </li>
  )
}
