import { useState } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import type { Found } from '../answers.ts'
import { desk } from '../call.ts'
import { Failed } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { deskAddresses } from '../route.ts'
import { dayInWords, useDeskLanguage, useDeskWords, word } from '../words.ts'

type Said = { students: Found[]; more: boolean } | { code: string; retryAfter: number | null }

/** What was last searched for, for whoever comes back from a card. */
let last: { query: string; said: Said | null } = { query: '', said: null }

/** Finding a student. A whole number leads straight to the card. */
export function SearchPage() {
  const { search: words } = useDeskWords()
  const [query, setQuery] = useState(last.query)
  const [said, setSaid] = useState(last.said)
  const [busy, setBusy] = useState(false)
  const send = async () => {
    const asked = query.trim()
    if (busy || asked.length < 2) return
    if (/^\d{8}$/.test(asked)) {
      location.hash = deskAddresses.student(asked)
      return
    }
    setBusy(true)
    const outcome = await desk.search(asked)
    setBusy(false)
    last = { query: asked, said: outcome.ok ? outcome.value : outcome }
    setSaid(last.said)
  }
  return (
    <>
      <Title>{words.title}</Title>
      <p class="lead">{words.lead}</p>
      <form
        class="search"
        role="search"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Field
          id="query"
          label={words.label}
          hint={words.hint}
          error={null}
          input={{
            type: 'search',
            autoComplete: 'off',
            spellcheck: false,
            maxLength: 100,
            value: query,
            onInput: (event) => setQuery(event.currentTarget.value),
          }}
        />
        <button type="submit" class="desk-button" aria-disabled={busy}>
          {words.submit}
        </button>
      </form>
      <div aria-live="polite">
        {said !== null &&
          ('code' in said ? (
            <Failed code={said.code} retryAfter={said.retryAfter} />
          ) : (
            <Results students={said.students} more={said.more} />
          ))}
      </div>
    </>
  )
}

function Results(props: { students: Found[]; more: boolean }) {
  const words = useDeskWords()
  const language = useDeskLanguage()
  const { columns } = words.search
  if (props.students.length === 0) return <p>{words.search.none}</p>
  return (
    <>
      <p>{words.search.found(props.students.length)}</p>
      <div class="table" tabIndex={0} role="region" aria-label={words.search.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{columns.name}</th>
              <th scope="col">{columns.number}</th>
              <th scope="col">{columns.birth}</th>
              <th scope="col">{columns.step}</th>
              <th scope="col">{columns.state}</th>
            </tr>
          </thead>
          <tbody>
            {props.students.map((student) => (
              <tr key={student.number}>
                <th scope="row">
                  <a href={deskAddresses.student(student.number)}>
                    {student.family_name} {student.first_name ?? ''}
                  </a>
                </th>
                <td class="signs">{student.number}</td>
                <td>{student.birth_date === null ? '–' : dayInWords(student.birth_date, language)}</td>
                <td>
                  {student.step ?? '–'} {student.component_label ?? ''}
                </td>
                <td>{word(words.states, student.locked ? 'locked' : student.state)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {props.more && <p class="soft">{words.search.more}</p>}
    </>
  )
}
