import { useState } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import type { Trail } from '../answers.ts'
import { desk } from '../call.ts'
import { useLoaded } from '../load.ts'
import { factsInWords } from '../told-facts.ts'
import { Shown } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { useDeskWords, useWhen, word } from '../words.ts'

/** Who did what, the newest first. */
export function AuditPage() {
  const { audit: words } = useDeskWords()
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState<{ number: string; before: number | null }>({ number: '', before: null })
  const [loaded] = useLoaded(
    () => desk.audit(asked.number, asked.before),
    `${asked.number} ${asked.before ?? ''}`,
  )
  return (
    <>
      <Title>{words.title}</Title>
      <form
        class="search"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setAsked({ number: typed.trim(), before: null })
        }}
      >
        <Field
          id="number"
          label={words.filter}
          hint=""
          error={null}
          input={{
            type: 'text',
            inputMode: 'numeric',
            autoComplete: 'off',
            maxLength: 8,
            value: typed,
            onInput: (event) => setTyped(event.currentTarget.value),
          }}
        />
        <button type="submit" class="desk-button">
          {words.submit}
        </button>
      </form>
      <Shown loaded={loaded}>
        {(trail) => <Acts trail={trail} onMore={(before) => setAsked({ number: asked.number, before })} />}
      </Shown>
    </>
  )
}

function Acts(props: { trail: Trail; onMore: (before: number) => void }) {
  const texts = useDeskWords()
  const { audit: words, acts: acted, actors } = texts
  const when = useWhen()
  const { acts, next } = props.trail
  if (acts.length === 0) return <p>{words.none}</p>
  return (
    <>
      <div class="table" tabIndex={0} role="region" aria-label={words.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.when}</th>
              <th scope="col">{words.who}</th>
              <th scope="col">{words.what}</th>
              <th scope="col">{words.whom}</th>
              <th scope="col">{words.facts}</th>
            </tr>
          </thead>
          <tbody>
            {acts.map((act) => (
              <tr key={act.id}>
                <td>
                  <time dateTime={act.at}>{when(act.at)}</time>
                </td>
                <td>{word(actors, act.actor)}</td>
                <td>{word(acted, act.action)}</td>
                <td class="signs">{act.number ?? '–'}</td>
                <td>{factsInWords(act.facts, texts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {next !== null && (
        <p>
          <button type="button" class="desk-button quiet" onClick={() => props.onMore(next)}>
            {words.more}
          </button>
        </p>
      )}
    </>
  )
}
