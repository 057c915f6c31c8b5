import { useWords } from '../words.ts'

/** The three steps of the activation; `now` from 0. */
export function Steps({ now }: { now: 0 | 1 | 2 }) {
  const { steps } = useWords()
  return (
    <ol class="steps" aria-label={steps.label}>
      {steps.names.map((name, index) => (
        <li
          key={index}
          class={index < now ? 'step past' : index === now ? 'step now' : 'step'}
          aria-current={index === now ? 'step' : undefined}
        >
          <span class="step-number" aria-hidden="true">
            {index < now ? <Tick /> : index + 1}
          </span>
          <span>{name}</span>
        </li>
      ))}
    </ol>
  )
}

/** A tick, drawn so that no font has to have one. */
export function Tick() {
  return (
    <svg class="tick" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 8.5 6.5 12 13 4.5" />
    </svg>
  )
}
