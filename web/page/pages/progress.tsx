import type { Api } from '../call.ts'
import { Heading } from '../parts/heading.tsx'
import { ProgressSection } from '../parts/progress-section.tsx'
import { UsefulLinks } from '../parts/useful-links.tsx'
import { useWords } from '../words.ts'

/** The page that a student keeps, or is sent, to see how far the account has come. */
export function ProgressPage(props: { api: Api; id: string }) {
  const { progress: words } = useWords()
  return (
    <div class="sheet alone">
      <Heading>{words.pageTitle}</Heading>
      <p class="lead">{words.pageLead}</p>
      <ProgressSection api={props.api} id={props.id} />
      <UsefulLinks api={props.api} />
    </div>
  )
}
