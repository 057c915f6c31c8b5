import { useWords } from '../words.ts'
import { Breakable } from './breakable.tsx'
import { Tick } from './steps.tsx'

/** Login and address of an account that exists now, on the card that was empty before. */
export function IdentityCard(props: { login: string; mail: string }) {
  const { card, university } = useWords()
  return (
    <div class="card identity">
      <p class="card-top">
        <strong>{university}</strong>
        <span class="stamp">
          <Tick /> {card.activated}
        </span>
      </p>
      <dl>
        <div>
          <dt class="card-label">{card.login}</dt>
          <dd class="card-login">{props.login}</dd>
        </div>
        <div>
          <dt class="card-label">{card.address}</dt>
          <dd class="card-mail">
            <Breakable text={props.mail} />
          </dd>
        </div>
      </dl>
    </div>
  )
}
