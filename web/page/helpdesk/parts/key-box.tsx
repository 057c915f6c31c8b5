import { useEffect, useRef, useState } from 'preact/hooks'
import type { Act, Card, Revealed } from '../answers.ts'
import { desk } from '../call.ts'
import { spelt } from '../spelling.ts'
import { useDeskLanguage, useDeskWords, useWhen, word } from '../words.ts'
import { ReasonForm } from './reason-form.tsx'
import { Done } from './told.tsx'

/** A key that was shown goes out of sight by itself. */
const shownMs = 120_000

/** The key of a student: its state, and for whoever may, showing and replacing it. */
export function KeyBox(props: { card: Card; may: readonly Act[]; onChanged: () => void }) {
  const { card, may, onChanged } = props
  const words = useDeskWords()
  const when = useWhen()
  const [shown, setShown] = useState<Revealed | null>(null)
  const [replaced, setReplaced] = useState<{ version: number; mailed: boolean } | null>(null)
  const { key } = card
  useEffect(() => {
    if (shown === null) return
    const timer = setTimeout(() => setShown(null), shownMs)
    return () => clearTimeout(timer)
  }, [shown])
  const offered = may.includes('key') && key.state === 'waiting'
  return (
    <section class="box" aria-labelledby="key-title">
      <h2 id="key-title">{words.key.title}</h2>
      <p>
        <strong>{word(words.keyStates, key.state)}</strong>
        {key.version !== null && key.created_at !== null && (
          <span class="soft"> · {words.key.version(key.version, when(key.created_at))}</span>
        )}
        {key.published_at !== null && (
          <span class="soft"> · {words.key.published(when(key.published_at))}</span>
        )}
      </p>
      {replaced !== null && (
        <Done key={replaced.version} takesFocus>
          {words.key.replaced(replaced.mailed)}
        </Done>
      )}
      {shown !== null ? (
        <ShownKey revealed={shown} onHide={() => setShown(null)} />
      ) : (
        offered && (
          <details>
            <summary>{words.key.reveal}</summary>
            <ReasonForm
              id="reveal"
              tick
              submit={words.key.submit}
              act={(reason) => desk.reveal(card.number, reason)}
              onDone={(revealed) => {
                setShown(revealed)
                setReplaced(null)
                onChanged()
              }}
            >
              <p class="soft">{words.key.revealLead}</p>
            </ReasonForm>
          </details>
        )
      )}
      {offered && (
        // Closed again once it is done: a second press would replace the new one.
        <details key={key.version}>
          <summary>{words.key.replace}</summary>
          <ReasonForm
            id="replace"
            careful
            submit={words.key.replaceSubmit}
            act={(reason) => desk.replace(card.number, reason)}
            onDone={(done) => {
              setShown(null)
              setReplaced(done)
              onChanged()
            }}
          >
            <p class="soft">{words.key.replaceWarning}</p>
          </ReasonForm>
        </details>
      )}
    </section>
  )
}

function ShownKey(props: { revealed: Revealed; onHide: () => void }) {
  const words = useDeskWords()
  const language = useDeskLanguage()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <div class="shown-key" ref={box} tabIndex={-1} role="group" aria-label={words.key.shown}>
      <ol>
        {props.revealed.groups.map((group) => (
          <li key={group}>
            <strong class="signs">{group}</strong>
            <span class="soft">{spelt(group, language)}</span>
          </li>
        ))}
      </ol>
      <p class="soft">{words.key.told}</p>
      <button type="button" class="desk-button quiet" onClick={props.onHide}>
        {words.key.hide}
      </button>
    </div>
  )
}
