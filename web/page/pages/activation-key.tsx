import { useState } from 'preact/hooks'
import { foldKey, keyLength, retype } from '../activation-key.ts'
import type { Api, Bearer } from '../call.ts'
import type { Failure } from '../failure.ts'
import { foldNumber, isNumber, isoDay } from '../fields.ts'
import { CardPicture } from '../parts/card-picture.tsx'
import { FailureNotice } from '../parts/failure-notice.tsx'
import { Field } from '../parts/field.tsx'
import { Heading } from '../parts/heading.tsx'
import { Slips, type Slip } from '../parts/slips.tsx'
import { Steps } from '../parts/steps.tsx'
import { Submit } from '../parts/submit.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'

/** Step 1: the number, the key, and the birth date where it is asked, checked without using the key. */
export function ActivationKey(props: {
  api: Api
  number: string
  activationKey: string
  /** As typed; null where it is not asked. */
  birthDate: string | null
  bearer: () => Bearer
  failure: Failure | null
  onNumber: (typed: string) => void
  onKey: (typed: string) => void
  onBirthDate: (typed: string) => void
  onVerified: (context: string) => void
}) {
  const { key: words, steps } = useWords()
  const [slips, setSlips] = useState<readonly Slip[]>([])
  const [failure, setFailure] = useState(props.failure)
  const [presses, setPresses] = useState(0)
  const [busy, setBusy] = useState(false)
  const { birthDate } = props
  const typed = foldKey(props.activationKey).length
  const slipOf = (id: string) => slips.find((slip) => slip.id === id)?.message ?? null

  const slipsOf = (): Slip[] => {
    const number =
      props.number === '' ? words.numberMissing : isNumber(props.number) ? null : words.numberInvalid
    return [
      ...(number === null ? [] : [{ id: 'number', message: number }]),
      ...(typed > 0 ? [] : [{ id: 'key', message: words.keyMissing }]),
      ...(birthDate === null || isoDay(birthDate) !== null
        ? []
        : [
            { id: 'birth-date', message: birthDate === '' ? words.birthDateMissing : words.birthDateInvalid },
          ]),
    ]
  }
  const send = async () => {
    if (busy) return
    const found = slipsOf()
    setSlips(found)
    setFailure(null)
    setPresses((last) => last + 1)
    if (found.length > 0) return
    setBusy(true)
    const outcome = await props.api.verifyKey(props.bearer())
    setBusy(false)
    if (outcome.ok) props.onVerified(outcome.value.context)
    else setFailure(outcome.failure)
  }
  const typeKey = (input: HTMLInputElement) => {
    const { value, caret } = retype(input.value, input.selectionStart ?? input.value.length)
    input.value = value
    input.setSelectionRange(caret, caret)
    props.onKey(value)
  }
  return (
    <div class="columns">
      <div class="sheet">
        <Steps now={0} />
        <Heading position={steps.position(1, 3)}>{words.title}</Heading>
        <p class="lead">{words.lead}</p>
        <form
          method="post"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            void send()
          }}
        >
          {failure !== null && <FailureNotice key={presses} api={props.api} failure={failure} />}
          {failure?.code === 'KEY_REFUSED' && birthDate !== null && <p>{words.birthDateRefused}</p>}
          {slips.length > 0 && <Slips key={presses} slips={slips} />}
          <Field
            id="number"
            label={words.number}
            hint={words.numberHint}
            error={slipOf('number')}
            input={{
              name: 'username',
              class: 'signs short',
              inputMode: 'numeric',
              autoComplete: 'username',
              spellcheck: false,
              maxLength: 16,
              value: props.number,
              onInput: (event) => props.onNumber(foldNumber(event.currentTarget.value)),
            }}
          />
          <Field
            id="key"
            label={words.key}
            hint={words.keyHint}
            error={slipOf('key')}
            beside={
              <span class="count" aria-hidden="true">
                {words.keyCount(typed, keyLength)}
              </span>
            }
            input={{
              name: 'activation-key',
              class: 'signs',
              autoComplete: 'off',
              autoCapitalize: 'characters',
              autoCorrect: 'off',
              spellcheck: false,
              maxLength: 80,
              value: props.activationKey,
              onInput: (event) => {
                if (!event.isComposing) typeKey(event.currentTarget)
              },
              onCompositionEnd: (event) => typeKey(event.currentTarget),
            }}
          />
          {birthDate !== null && (
            <Field
              id="birth-date"
              label={words.birthDate}
              hint={words.birthDateHint}
              error={slipOf('birth-date')}
              input={{
                name: 'bday',
                class: 'signs short',
                autoComplete: 'bday',
                maxLength: 16,
                value: birthDate,
                onInput: (event) => props.onBirthDate(event.currentTarget.value),
              }}
            />
          )}
          <Submit busy={busy} idle={words.submit} sending={words.sending} />
        </form>
        <p class="other-way">
          {words.already} <a href={addresses.resetRequest}>{words.forgotten}</a>
        </p>
      </div>
      <aside class="beside" aria-labelledby="where-title">
        <CardPicture number={props.number} keyTyped={typed} />
        <h2 id="where-title">{words.whereTitle}</h2>
        <ul>
          {words.where.map((place) => (
            <li key={place}>{place}</li>
          ))}
        </ul>
      </aside>
    </div>
  )
}
