import type { Progress } from '../answers.ts'
import type { Api } from '../call.ts'
import { useProgress } from '../live/use-progress.ts'
import { useWords } from '../words.ts'
import { FailureNotice } from './failure-notice.tsx'
import { ProgressList } from './progress-list.tsx'
import { Tick } from './steps.tsx'

/** « Où en est mon compte », followed as it happens. */
export function ProgressSection(props: { api: Api; id: string }) {
  const { progress: words } = useWords()
  const followed = useProgress(props.api, props.id)
  if (followed.state === 'loading') return <p class="waiting">{words.loading}</p>
  if (followed.state === 'failed') return <FailureNotice api={props.api} failure={followed.failure} still />
  const { progress, stale } = followed
  return (
    <>
      <p class={progress.canSignIn ? 'verdict good' : 'verdict'} role="status">
        {progress.canSignIn && <Tick />}
        <span>{verdict(words, progress)}</span>
      </p>
      <ProgressList progress={progress} />
      {progress.steps.some((step) => step.state === 'delayed') && (
        <p class="aside-note">{words.delayedNote}</p>
      )}
      {stale && (
        <p class="aside-note" role="status">
          {words.stale}
        </p>
      )}
    </>
  )
}

function verdict(
  words: { allDone: string; canSignIn: string; cannotYet: string },
  progress: Progress,
): string {
  const done = progress.steps.length > 0 && progress.steps.every((step) => step.state === 'done')
  if (!progress.canSignIn) return words.cannotYet
  return done ? `${words.allDone} ${words.canSignIn}` : words.canSignIn
}
