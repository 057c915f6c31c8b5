import type { Language } from '../language.ts'
import { useWords } from '../words.ts'

const names: readonly { language: Language; short: string; name: string }[] = [
  { language: 'fr', short: 'FR', name: 'Français' },
  { language: 'en', short: 'EN', name: 'English' },
]

/** Both languages, the one in use pressed. Each is named in itself. */
export function LanguageToggle(props: { language: Language; onChoose: (language: Language) => void }) {
  const words = useWords()
  return (
    <div class="languages" role="group" aria-label={words.languages}>
      {names.map(({ language, short, name }) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === props.language}
          onClick={() => props.onChoose(language)}
        >
          <span aria-hidden="true">{short}</span>
          <span class="unseen">{name}</span>
        </button>
      ))}
    </div>
  )
}
