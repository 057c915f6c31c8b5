import type { Language } from '../language.ts'

const names: readonly { language: Language; short: string; name: string }[] = [
  { language: 'fr', short: 'FR', name: 'Français' },
  { language: 'en', short: 'EN', name: 'English' },
]

/** Both languages, the one in use pressed. Each is named in itself. It has no words of its own, since the students' page
 *  and the helpdesk have each theirs. */
export function LanguageToggle(props: {
  label: string
  language: Language
  onChoose: (language: Language) => void
}) {
  return (
    <div class="languages" role="group" aria-label={props.label}>
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
