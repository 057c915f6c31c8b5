import type { ResetDone } from '../answers.ts'
import type { Api } from '../call.ts'
import { Heading } from '../parts/heading.tsx'
import { ProgressSection } from '../parts/progress-section.tsx'
import { UsefulLinks } from '../parts/useful-links.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'

/** The new password is taken; how far it has come. */
export function ResetFinished(props: { api: Api; done: ResetDone }) {
  const { reset: words, progress } = useWords()
  const { api, done } = props
  return (
    <div class="sheet alone">
      <Heading>{words.doneTitle}</Heading>
      <p class="lead">{words.done}</p>
      <p>
        {words.loginIs} <strong class="login">{done.login}</strong>
      </p>
      <section aria-labelledby="progress-title">
        <h2 id="progress-title">{progress.title}</h2>
        <ProgressSection api={api} id={done.progress} />
        <p class="other-way">
          <a href={addresses.progress(done.progress)}>{progress.keep}</a>
        </p>
      </section>
      <UsefulLinks api={api} />
    </div>
  )
}
