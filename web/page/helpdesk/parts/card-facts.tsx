import type { ComponentChildren } from 'preact'
import type { Card } from '../answers.ts'
import { dayInWords, useDeskLanguage, useDeskWords, useWhen, word } from '../words.ts'

/** The facts beside the sentence: who it is, the account, and where everything stands. */
export function CardFacts({ card }: { card: Card }) {
  const words = useDeskWords()
  const language = useDeskLanguage()
  const when = useWhen()
  const { person, account, address, limits } = card
  const reset = card.resets.at(-1)
  const state = account.locked ? 'locked' : account.state
  return (
    <aside class="facts" aria-label={words.card.identity}>
      <section class="box">
        <h2>{words.card.identity}</h2>
        <p class="soft">{words.card.identityHint}</p>
        <dl>
          <Fact name={words.card.number}>
            <span class="signs">{card.number}</span>
          </Fact>
          {person.birth_name !== person.family_name && (
            <Fact name={words.card.birthName}>{person.birth_name}</Fact>
          )}
          <Fact name={words.card.birthDate}>
            {person.birth_date === null ? words.card.unknown : dayInWords(person.birth_date, language)}
          </Fact>
          {card.enrolments.map(({ year, step, component_label, state: enrolment }) => (
            <Fact key={`${year} ${step} ${enrolment}`} name={`${words.card.steps} ${year}`}>
              {step}, {component_label ?? ''} ({word(words.enrolmentStates, enrolment)})
            </Fact>
          ))}
        </dl>
      </section>
      <section class="box">
        <h2>{words.card.account}</h2>
        <dl>
          <Fact name={words.card.account}>{word(words.states, state)}</Fact>
          <Fact name={words.card.mail}>{account.mail ?? '–'}</Fact>
          <Fact name={words.card.address}>
            {address.masked ?? '–'} ({word(words.addressStates, address.state)})
          </Fact>
          <Fact name={words.card.limits}>
            {limits.blocked_until === null
              ? words.card.notBlocked
              : words.card.blockedUntil(when(limits.blocked_until))}
          </Fact>
          <Fact name={words.card.lastReset}>
            {reset === undefined
              ? words.card.noReset
              : words.card.reset(
                  when(reset.requested),
                  reset.sent && when(reset.sent),
                  reset.used && when(reset.used),
                )}
          </Fact>
          {Object.entries(card.targets).map(([target, { state: there }]) => (
            <Fact key={target} name={word(words.targets, target)}>
              {word(words.targetStates, there)}
            </Fact>
          ))}
        </dl>
        {card.promises.length > 0 && (
          <details>
            <summary>{words.card.promises}</summary>
            <ul class="plain-list">
              {card.promises.map(({ kind, target, started, due, kept }) => (
                <li key={`${kind} ${target ?? ''} ${started}`}>
                  {words.card.promise(kind, target, when(due), kept && when(kept))}
                </li>
              ))}
            </ul>
          </details>
        )}
      </section>
    </aside>
  )
}

function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}
