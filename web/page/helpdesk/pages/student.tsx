import { useState } from 'preact/hooks'
import type { Act, Card } from '../answers.ts'
import { desk } from '../call.ts'
import { useLoaded } from '../load.ts'
import { AddressBox } from '../parts/address-box.tsx'
import { CardFacts } from '../parts/card-facts.tsx'
import { KeyBox } from '../parts/key-box.tsx'
import { LettersBox } from '../parts/letters-box.tsx'
import { LockBox } from '../parts/lock-box.tsx'
import { Title } from '../parts/title.tsx'
import { Failed, Shown } from '../parts/told.tsx'
import { deskAddresses } from '../route.ts'
import { typeset } from '../typeset.ts'
import { useDeskLanguage, useDeskWords, useWhen, word } from '../words.ts'

/** Everything that a call needs, on one screen. */
export function StudentPage(props: { number: string; may: readonly Act[] }) {
  const words = useDeskWords()
  const [loaded, reload] = useLoaded(() => desk.card(props.number), props.number)
  const person = loaded.state === 'there' ? loaded.value.person : null
  return (
    <>
      <p class="back-link">
        <a href={deskAddresses.search}>{words.card.back}</a>
      </p>
      <Title>
        {person === null ? props.number : `${person.first_name ?? ''} ${person.family_name}`.trim()}
      </Title>
      <Shown loaded={loaded}>
        {(card) => <StudentCard card={card} may={props.may} onChanged={reload} />}
      </Shown>
    </>
  )
}

function StudentCard(props: { card: Card; may: readonly Act[]; onChanged: () => void }) {
  const { card, may, onChanged } = props
  const words = useDeskWords()
  const when = useWhen()
  return (
    <>
      <div class="call-card">
        <div class="call-main">
          <section class="aloud" aria-labelledby="aloud-title">
            <h2 id="aloud-title">{words.card.readAloud}</h2>
            <p lang="fr">{typeset(card.why)}</p>
            <Next card={card} />
          </section>
          <KeyBox card={card} may={may} onChanged={onChanged} />
          <LettersBox letters={card.letters} may={may} onChanged={onChanged} />
          {may.includes('address') && card.account.mail !== null && card.account.state !== 'purged' && (
            <AddressBox card={card} onChanged={onChanged} />
          )}
          {may.includes('lock') && <LockBox card={card} onChanged={onChanged} />}
        </div>
        <CardFacts card={card} />
      </div>
      <details class="box">
        <summary>{words.card.timeline}</summary>
        <ol class="timeline" lang="fr">
          {[...card.timeline].reverse().map(({ at, what }) => (
            <li key={`${at} ${what}`}>
              <time dateTime={at}>{when(at)}</time> {typeset(what)}
            </li>
          ))}
        </ol>
      </details>
      <SourceLine card={card} may={may} onChanged={onChanged} />
    </>
  )
}

function Next({ card }: { card: Card }) {
  const { card: words, colon } = useDeskWords()
  const language = useDeskLanguage()
  const { actor, contact } = card.next
  return (
    <p class="next">
      <span class="soft">
        {words.nextTitle}
        {colon}
      </span>
      <strong>{words.next[actor] ?? actor}</strong>
      {contact !== null && (
        <span>
          {' '}
          ({language === 'fr' ? contact.name_fr : contact.name_en}
          {colon}
          {/^https?:/.test(contact.contact) ? (
            <a href={contact.contact} rel="noreferrer">
              {contact.contact}
            </a>
          ) : (
            contact.contact
          )}
          )
        </span>
      )}
    </p>
  )
}

/** When the source was read, and for whoever may, reading this student again. */
function SourceLine(props: { card: Card; may: readonly Act[]; onChanged: () => void }) {
  const { card, may, onChanged } = props
  const { card: words } = useDeskWords()
  const when = useWhen()
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<{ result: string } | { code: string; retryAfter: number | null } | null>(
    null,
  )
  const ask = async () => {
    if (busy) return
    setBusy(true)
    const outcome = await desk.readAgain(card.number)
    setBusy(false)
    setSaid(outcome.ok ? { result: outcome.value.result ?? 'late' } : outcome)
    onChanged()
  }
  return (
    <div class="source-line">
      {card.source.read_at !== null && <p class="soft">{words.source(when(card.source.read_at))}</p>}
      {may.includes('reread') && (
        <button type="button" class="desk-button quiet small" aria-disabled={busy} onClick={() => void ask()}>
          {words.readAgain}
        </button>
      )}
      {said !== null &&
        ('result' in said ? (
          <p role="status">{word(words.readAgainResults, said.result)}</p>
        ) : (
          <Failed code={said.code} retryAfter={said.retryAfter} />
        ))}
    </div>
  )
}
