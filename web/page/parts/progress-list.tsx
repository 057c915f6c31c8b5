import type { Progress, Step } from '../answers.ts'
import { useLanguage, useWords } from '../words.ts'
import { whenInWords } from '../when.ts'
import { Tick } from './steps.tsx'

/** Each place where the account must exist, with its state in words, its sign and its hour. */
export function ProgressList({ progress }: { progress: Progress }) {
  return (
    <ul class="progress">
      {progress.steps.map((step) => (
        <ProgressStep key={step.target} step={step} />
      ))}
    </ul>
  )
}

function ProgressStep({ step }: { step: Step }) {
  const { progress: words } = useWords()
  const language = useLanguage()
  const now = new Date()
  const when = {
    done: () => (step.at === null ? '' : words.doneAt(whenInWords(step.at, now, language))),
    pending: () => words.dueBy(whenInWords(step.due, now, language)),
    delayed: () => words.lateSince(whenInWords(step.due, now, language)),
  }[step.state]()
  return (
    <li class={`progress-step ${step.state}`}>
      <span class="progress-sign" aria-hidden="true">
        {step.state === 'done' ? <Tick /> : null}
      </span>
      <span class="progress-what">
        <strong>{words.targets[step.target]}</strong>
        <span>{words.targetNotes[step.target]}</span>
      </span>
      <span class="progress-state">
        <strong>{words[step.state]}</strong>
        <span>{when}</span>
      </span>
    </li>
  )
}
