import type { Api } from '../call.ts'
import type { Failure } from '../failure.ts'
import { CardPicture } from '../parts/card-picture.tsx'
import { Heading } from '../parts/heading.tsx'
import { PasswordForm } from '../parts/password-form.tsx'
import { Steps } from '../parts/steps.tsx'
import { useWords } from '../words.ts'

/** Step 2: the password, which uses the key. */
export function ActivationPassword(props: {
  api: Api
  number: string
  keyTyped: number
  context: string
  onSend: (password: string) => Promise<Failure | null>
  onBack: () => void
}) {
  const { password: words, steps } = useWords()
  return (
    <div class="columns">
      <div class="sheet">
        <Steps now={1} />
        <Heading position={steps.position(2, 3)}>{words.title}</Heading>
        <p class="lead">{words.lead}</p>
        <PasswordForm
          api={props.api}
          username={props.number}
          context={props.context}
          submit={words.submitActivation}
          onSend={props.onSend}
        />
        <p class="other-way">
          <button type="button" class="as-link" onClick={props.onBack}>
            {words.back}
          </button>
        </p>
      </div>
      <aside class="beside picture-only" aria-hidden="true">
        <CardPicture number={props.number} keyTyped={props.keyTyped} />
      </aside>
    </div>
  )
}
