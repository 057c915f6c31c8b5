import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { rememberLanguage, type Language } from '../language.ts'
import type { Session } from './answers.ts'
import { desk } from './call.ts'
import { useLoaded } from './load.ts'
import { AuditPage } from './pages/audit.tsx'
import { FunnelPage } from './pages/funnel.tsx'
import { ListsPage } from './pages/lists.tsx'
import { PlansPage } from './pages/plans.tsx'
import { SearchPage } from './pages/search.tsx'
import { StudentPage } from './pages/student.tsx'
import { WelcomePage } from './pages/welcome.tsx'
import { DeskHeader } from './parts/desk-header.tsx'
import { Failed } from './parts/told.tsx'
import { parseDeskRoute, type DeskRoute } from './route.ts'
import { DeskLanguage } from './words.ts'

/** The helpdesk's page: who is signed in, and one route at a time. */
export function App(props: { language: Language }) {
  const [language, setLanguage] = useState(props.language)
  const [route, setRoute] = useState(() => parseDeskRoute(location.hash))
  const [session] = useLoaded(() => desk.session(), '')
  useLayoutEffect(() => {
    document.documentElement.lang = language
  }, [language])
  useEffect(() => {
    const follow = () => {
      setRoute(parseDeskRoute(location.hash))
      scrollTo(0, 0)
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const choose = (chosen: Language) => {
    rememberLanguage(chosen)
    setLanguage(chosen)
  }
  const staff = session.state === 'there' ? session.value : null
  return (
    <DeskLanguage.Provider value={language}>
      <DeskHeader session={staff} route={route} language={language} onChoose={choose} />
      <main id="contenu" tabIndex={-1}>
        {staff !== null ? (
          <Page key={keyOf(route)} route={route} session={staff} />
        ) : session.state === 'failed' ? (
          session.code === 'SIGN_IN_NEEDED' ? (
            <WelcomePage refused={route.page === 'refused' ? route.code : null} />
          ) : (
            <Failed code={session.code} />
          )
        ) : null}
      </main>
    </DeskLanguage.Provider>
  )
}

function Page({ route, session: { may } }: { route: DeskRoute; session: Session }) {
  switch (route.page) {
    case 'student':
      return <StudentPage number={route.number} may={may} />
    case 'list':
      return <ListsPage name={route.name} may={may} />
    case 'plans':
      return <PlansPage />
    case 'funnel':
      return <FunnelPage />
    case 'audit':
      return <AuditPage />
    case 'search':
    case 'refused':
      // Whoever may not look students up begins where they have something to do.
      if (may.includes('read')) return <SearchPage />
      return may.includes('plans') ? <PlansPage /> : <FunnelPage />
  }
}

function keyOf(route: DeskRoute): string {
  return route.page === 'student' ? `student ${route.number}` : route.page
}
