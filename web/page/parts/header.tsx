import type { Language } from '../language.ts'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'
import { LanguageToggle } from './language-toggle.tsx'

/** Whose service this is, and in which language. */
export function Header(props: { language: Language; onChoose: (language: Language) => void }) {
  const words = useWords()
  // Not by the fragment, which is the route: the focus is moved instead.
  const skip = (event: Event) => {
    event.preventDefault()
    document.getElementById('contenu')?.focus()
  }
  return (
    <header class="header">
      <a class="skip" href="#contenu" onClick={skip}>
        {words.skip}
      </a>
      <div class="header-inner">
        <a class="whose" href={addresses.activation}>
          <strong>{words.university}</strong>
          <span>{words.service}</span>
        </a>
        <LanguageToggle label={words.languages} language={props.language} onChoose={props.onChoose} />
      </div>
    </header>
  )
}
