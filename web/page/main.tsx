import { render } from 'preact'
import { readAddressBar } from './address-bar.ts'
import { App } from './app.tsx'
import { chooseLanguage, rememberedLanguage } from './language.ts'

const root = document.getElementById('app')
if (root !== null) {
  // The address bar is read before anything is drawn: a token leaves it at once.
  const first = readAddressBar()
  const asksBirthDate = 'asksBirthDate' in document.documentElement.dataset
  const language = chooseLanguage(rememberedLanguage(), navigator.languages)
  render(<App first={first} language={language} asksBirthDate={asksBirthDate} />, root)
}
