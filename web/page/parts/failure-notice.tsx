import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Api } from '../call.ts'
import { remedies, type Failure } from '../failure.ts'
import { useLinks } from '../live/use-links.ts'
import { pageAddress } from '../contact.ts'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'
import { WhoToAsk } from './who-to-ask.tsx'

/** What went wrong, what to do, whom to ask. Takes the focus when it appears, unless it is a page's first
 *  content (`still`); give it another `key` to make it do so again. */
export function FailureNotice(props: { api: Api; failure: Failure; still?: boolean }) {
  const words = useWords()
  const links = useLinks(props.api)
  const box = useRef<HTMLDivElement>(null)
  const still = props.still ?? false
  useLayoutEffect(() => {
    if (!still) box.current?.focus()
  }, [still])
  const { title, body } = words.failures[props.failure.code](props.failure)
  const offered = remedies[props.failure.code]
  const cas = pageAddress(links?.cas ?? '')
  return (
    <div class="notice bad" ref={box} tabIndex={-1} role="group" aria-labelledby="failure-title">
      <h2 id="failure-title">{title}</h2>
      {body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      {(offered.includes('reset') || (offered.includes('sign-in') && cas !== null)) && (
        <p class="remedies">
          {offered.includes('sign-in') && cas !== null && <a href={cas}>{words.remedies.signIn}</a>}
          {offered.includes('reset') && <a href={addresses.resetRequest}>{words.remedies.reset}</a>}
        </p>
      )}
      {offered.includes('ask') && <WhoToAsk api={props.api} />}
    </div>
  )
}
