import type { Language } from '../../language.ts'
import { LanguageToggle } from '../../parts/language-toggle.tsx'
import type { Act, Session } from '../answers.ts'
import { desk } from '../call.ts'
import { deskAddresses, type DeskRoute } from '../route.ts'
import { useDeskWords, word } from '../words.ts'

/** Whose page this is, who is signed in, and where they may go. */
export function DeskHeader(props: {
  session: Session | null
  route: DeskRoute
  language: Language
  onChoose: (language: Language) => void
}) {
  const { session } = props
  const words = useDeskWords()
  const leave = async () => {
    const outcome = await desk.signOut()
    location.assign(outcome.ok ? outcome.value.to : '/helpdesk')
  }
  const skip = (event: Event) => {
    event.preventDefault()
    document.getElementById('contenu')?.focus()
  }
  return (
    <header class="header desk-header">
      <a class="skip" href="#contenu" onClick={skip}>
        {words.skip}
      </a>
      <div class="header-inner">
        <a class="whose" href={deskAddresses.search}>
          <strong>{words.university}</strong>
          <span>{words.service}</span>
        </a>
        <LanguageToggle label={words.languages} language={props.language} onChoose={props.onChoose} />
      </div>
      {session !== null && (
        <div class="header-inner desk-bar">
          <Menu route={props.route} may={session.may} />
          <p class="who">
            <span>
              {words.signedInAs(
                session.name,
                session.roles.map((role) => word(words.roles, role)).join(', '),
              )}
              {session.scope === null ? '' : ` · ${words.onlyFaculties(session.scope.join(', '))}`}
            </span>
            <button type="button" class="as-link" onClick={() => void leave()}>
              {words.signOut}
            </button>
          </p>
        </div>
      )}
    </header>
  )
}

function Menu(props: { route: DeskRoute; may: readonly Act[] }) {
  const { menu: words } = useDeskWords()
  const { may, route } = props
  const places = [
    {
      here: ['search', 'student'],
      to: deskAddresses.search,
      name: words.search,
      there: may.includes('read'),
    },
    {
      here: ['list'],
      to: deskAddresses.list(may.includes('lists') ? 'shared-addresses' : 'conflicts'),
      name: words.lists,
      there: may.includes('lists') || may.includes('faults'),
    },
    { here: ['plans'], to: deskAddresses.plans, name: words.plans, there: may.includes('plans') },
    { here: ['funnel'], to: deskAddresses.funnel, name: words.funnel, there: may.includes('funnel') },
    { here: ['audit'], to: deskAddresses.audit, name: words.audit, there: may.includes('audit') },
  ]
  return (
    <nav class="tabs" aria-label={words.label}>
      <ul>
        {places
          .filter(({ there }) => there)
          .map(({ here, to, name }) => (
            <li key={to}>
              <a href={to} aria-current={here.includes(route.page) ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  )
}
