import { countCharacters } from '../fields.ts'
import type { Strength } from '../live/use-strength.ts'
import { useWords } from '../words.ts'
import { Tick } from './steps.tsx'

/** How strong the password is: in words, in bars and in reasons. Its place is kept while it is empty. */
export function StrengthMeter(props: { id: string; password: string; strength: Strength }) {
  const { password: words } = useWords()
  const { strength } = props
  const judgement = strength.state === 'judged' || strength.state === 'judging' ? strength.judgement : null
  const filled = judgement === null ? 0 : Math.max(1, judgement.score)
  const tone = judgement === null ? '' : judgement.acceptable ? 'good' : 'weak'
  return (
    <div class={`strength ${tone} ${strength.state}`} id={props.id}>
      <div class="bars" aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <span key={bar} class={bar <= filled ? 'bar filled' : 'bar'} />
        ))}
      </div>
      <p class="strength-words">
        <span>
          {words.meter} <strong>{scoreWord(words, strength)}</strong>
        </span>
        <span>{words.count(countCharacters(props.password))}</span>
      </p>
      <div class="strength-reasons" aria-live="polite">
        {strength.state === 'unknown' && <p>{words.unjudged}</p>}
        {judgement?.acceptable === true && (
          <p class="accepted">
            <Tick /> {words.accepted}
          </p>
        )}
        {judgement !== null && !judgement.acceptable && (
          <ul>
            {judgement.reasons.map((reason) => (
              <li key={reason}>{words.reasons[reason]}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}

function scoreWord(words: { judging: string; scores: readonly string[] }, strength: Strength): string {
  if (strength.state === 'judged') return words.scores[strength.judgement.score] ?? ''
  if (strength.state === 'judging') {
    return strength.judgement === null ? words.judging : (words.scores[strength.judgement.score] ?? '')
  }
  return '–'
}
