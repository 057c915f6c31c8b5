import { render } from 'preact'
import { chooseLanguage, rememberedLanguage } from '../language.ts'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (root !== null) render(<App language={chooseLanguage(rememberedLanguage(), navigator.languages)} />, root)
