import type { Act } from '../answers.ts'
import { desk, deskApi } from '../call.ts'
import { useLoaded } from '../load.ts'
import { Shown } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { deskAddresses } from '../route.ts'
import { cellInWords } from '../told-facts.ts'
import { useDeskLanguage, useDeskWords, useWhen, word } from '../words.ts'

const byAct = {
  lists: ['shared-addresses', 'invalid-addresses', 'vanished', 'duplicates'],
  faults: ['conflicts', 'key-faults', 'set-aside'],
} as const

/** The lists that somebody may see. */
export function listNames(may: readonly Act[]): string[] {
  return [...(may.includes('lists') ? byAct.lists : []), ...(may.includes('faults') ? byAct.faults : [])]
}

/** Columns that hold several words, which are not to be squeezed into one a line. */
const sentences = ['component_label', 'reason', 'detail']

/** What must be corrected, by composante. */
export function ListsPage(props: { name: string; may: readonly Act[] }) {
  const texts = useDeskWords()
  const { lists: words } = texts
  const reader = { words: texts, language: useDeskLanguage(), when: useWhen() }
  const names = listNames(props.may)
  const name = names.includes(props.name) ? props.name : (names[0] ?? props.name)
  const [loaded] = useLoaded(() => desk.list(name), name)
  return (
    <>
      <Title>{words.title}</Title>
      <nav class="tabs" aria-label={words.title}>
        <ul>
          {names.map((each) => (
            <li key={each}>
              <a href={deskAddresses.list(each)} aria-current={each === name ? 'page' : undefined}>
                {word(words.names, each)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <h2>{word(words.names, name)}</h2>
      <Shown loaded={loaded}>
        {({ columns, rows }) =>
          rows.length === 0 ? (
            <p>{words.none}</p>
          ) : (
            <>
              <p>
                {words.rows(rows.length)} ·{' '}
                <a href={`${deskApi}/lists/${name}?format=csv`} download={`${name}.csv`}>
                  {words.csv}
                </a>
              </p>
              <div class="table" tabIndex={0} role="region" aria-label={word(words.names, name)}>
                <table>
                  <thead>
                    <tr>
                      {columns.map((column) => (
                        <th key={column} scope="col">
                          {word(words.columns, column)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row, index) => (
                      <tr key={index}>
                        {columns.map((column) => (
                          <td key={column} class={sentences.includes(column) ? 'sentence' : undefined}>
                            {cellInWords(column, row[column] ?? null, reader)}
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )
        }
      </Shown>
    </>
  )
}
