import { Heading } from '../parts/heading.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'

/** The neutral answer to a request for a link, and what to look at when no letter comes. */
export function ResetSent(props: { address: string; onAgain: () => void }) {
  const { resetRequest: words } = useWords()
  return (
    <div class="sheet alone">
      <Heading>{words.sentTitle}</Heading>
      <p class="lead">{words.sent(props.address)}</p>
      <h2>{words.nothingTitle}</h2>
      <ul class="plain-list">
        {words.nothing.map((advice) => (
          <li key={advice}>{advice}</li>
        ))}
      </ul>
      <p class="other-way two">
        <button type="button" class="as-link" onClick={props.onAgain}>
          {words.again}
        </button>
        <a href={addresses.activation}>{words.first}</a>
      </p>
    </div>
  )
}
