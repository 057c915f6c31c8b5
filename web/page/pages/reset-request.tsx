import { useState } from 'preact/hooks'
import type { Api } from '../call.ts'
import type { Failure } from '../failure.ts'
import { isAddress } from '../fields.ts'
import { FailureNotice } from '../parts/failure-notice.tsx'
import { Field } from '../parts/field.tsx'
import { Heading } from '../parts/heading.tsx'
import { Slips } from '../parts/slips.tsx'
import { Submit } from '../parts/submit.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'
import { ResetSent } from './reset-sent.tsx'

/** Asks for a link. The answer is the same whoever asks: nothing tells whether the address is known. */
export function ResetRequestPage({ api }: { api: Api }) {
  const { resetRequest: words } = useWords()
  const [email, setEmail] = useState('')
  const [sent, setSent] = useState(false)
  const [slip, setSlip] = useState<string | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [presses, setPresses] = useState(0)
  const [busy, setBusy] = useState(false)

  const send = async () => {
    if (busy) return
    const address = email.trim()
    const found = address === '' ? words.missing : isAddress(address) ? null : words.invalid
    setSlip(found)
    setFailure(null)
    setPresses((last) => last + 1)
    if (found !== null) return
    setBusy(true)
    const outcome = await api.requestReset(address)
    setBusy(false)
    if (outcome.ok) setSent(true)
    else if (outcome.failure.code === 'REQUEST_INVALID') setSlip(words.invalid)
    else setFailure(outcome.failure)
  }
  if (sent) return <ResetSent address={email.trim()} onAgain={() => setSent(false)} />
  return (
    <div class="sheet alone">
      <Heading>{words.title}</Heading>
      <p class="lead">{words.lead}</p>
      <form
        method="post"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {failure !== null && <FailureNotice key={presses} api={api} failure={failure} />}
        {slip !== null && <Slips key={`${presses} ${slip}`} slips={[{ id: 'email', message: slip }]} />}
        <Field
          id="email"
          label={words.email}
          hint={words.emailHint}
          error={slip}
          input={{
            name: 'email',
            type: 'email',
            inputMode: 'email',
            autoComplete: 'email',
            autoCapitalize: 'none',
            spellcheck: false,
            maxLength: 254,
            value: email,
            onInput: (event) => setEmail(event.currentTarget.value),
          }}
        />
        <Submit busy={busy} idle={words.submit} sending={words.sending} />
      </form>
      <p class="other-way">
        <a href={addresses.activation}>{words.first}</a>
      </p>
    </div>
  )
}
