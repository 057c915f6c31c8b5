import { useLayoutEffect, useState } from 'preact/hooks'
import { useRoute } from './address-bar.ts'
import { createApi, type Api } from './call.ts'
import { rememberLanguage, type Language } from './language.ts'
import { AccessibilityPage } from './pages/accessibility.tsx'
import { ActivationPage } from './pages/activation.tsx'
import { HelpPage } from './pages/help.tsx'
import { ProgressPage } from './pages/progress.tsx'
import { ResetRequestPage } from './pages/reset-request.tsx'
import { ResetPage } from './pages/reset.tsx'
import { UnknownPage } from './pages/unknown.tsx'
import { Footer } from './parts/footer.tsx'
import { Header } from './parts/header.tsx'
import type { Route } from './route.ts'
import { LanguageContext } from './words.ts'

const api = createApi()

/** The whole page: one language, one route at a time. */
export function App(props: { first: Route; language: Language; asksBirthDate: boolean }) {
  const [language, setLanguage] = useState(props.language)
  const route = useRoute(props.first)
  useLayoutEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language) => {
    rememberLanguage(chosen)
    setLanguage(chosen)
  }
  return (
    <LanguageContext.Provider value={language}>
      <Header language={language} onChoose={choose} />
      <main id="contenu" tabIndex={-1}>
        <Page key={keyOf(route)} route={route} api={api} asksBirthDate={props.asksBirthDate} />
      </main>
      <Footer />
    </LanguageContext.Provider>
  )
}

function Page({ route, api, asksBirthDate }: { route: Route; api: Api; asksBirthDate: boolean }) {
  switch (route.page) {
    case 'activation':
      return <ActivationPage api={api} asksBirthDate={asksBirthDate} />
    case 'reset-request':
      return <ResetRequestPage api={api} />
    case 'reset':
      return <ResetPage api={api} token={route.token} />
    case 'progress':
      return <ProgressPage api={api} id={route.id} />
    case 'help':
      return <HelpPage api={api} />
    case 'accessibility':
      return <AccessibilityPage api={api} />
    case 'unknown':
      return <UnknownPage />
  }
}

/** A new link or another progress page begins afresh. */
function keyOf(route: Route): string {
  if (route.page === 'reset') return `reset ${route.token ?? ''}`
  return route.page === 'progress' ? `progress ${route.id}` : route.page
}
