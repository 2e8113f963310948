import { useEffect } from 'preact/hooks'
import { connection } from './api/changes.ts'
import { isDenied } from './api/client.ts'
import { useResource } from './api/resource.ts'
import type { Process } from './api/types.ts'
import { ThemeChoice } from './components/theme-choice.tsx'
import { TokenForm } from './components/token-form.tsx'
import { durationText, plural } from './format.ts'
import { LivePage } from './pages/live.tsx'
import { ModelsPage } from './pages/models.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { QueryPage } from './pages/query.tsx'
import { type Route, route } from './router.ts'

const places: readonly { readonly page: Route['page']; readonly label: string; readonly href: string }[] = [
  { page: 'overview', label: 'Queries', href: '#/' },
  { page: 'live', label: 'Live', href: '#/live' },
  { page: 'models', label: 'Models', href: '#/models' },
]

export function App() {
  const here = route.value
  useEffect(() => {
    document.title = `${titleOf(here)} · Millrace`
    // A new page is read from its beginning.
    scrollTo(0, 0)
  }, [here.page, 'id' in here ? here.id : ''])
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>To the content</a>
      <header class="top">
        <a class="brand" href="#/"><Mark />Millrace</a>
        <nav aria-label="Pages">
          {places.map(p => <a key={p.page} href={p.href} aria-current={p.page === here.page || (p.page === 'overview' && here.page === 'query') ? 'page' : undefined}>{p.label}</a>)}
        </nav>
        <ConnectionState />
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1}>{isDenied.value ? <TokenForm /> : <Page route={here} />}</main>
      {!isDenied.value && <Footer />}
    </>
  )
}

function Page({ route: here }: { readonly route: Route }) {
  switch (here.page) {
    case 'overview':
      return <OverviewPage />
    case 'query':
      return <QueryPage key={here.id} id={here.id} />
    case 'live':
      return <LivePage name={here.name} />
    case 'models':
      return <ModelsPage />
    case 'unknown':
      return <div class="empty">There is no such page. <a href="#/">All queries</a></div>
  }
}

function ConnectionState() {
  if (isDenied.value) return <span class="connection" />
  const text = { connecting: 'Connecting …', open: 'Live', lost: 'Connection lost, trying again …' }[connection.value]
  return <span class={`connection ${connection.value}`} role="status"><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">{connection.value === 'open' ? <circle cx="5" cy="5" r="4" /> : <path d="M1.5 1.5l7 7M8.5 1.5l-7 7" />}</svg>{text}</span>
}

function Footer() {
  const { value } = useResource<Process>('api/v1/process', 5000)
  if (value === null) return null
  return (
    <footer>
      Millrace {value.version} · up {durationText(Date.parse(value.time) - Date.parse(value.startedAt))} · {value.executors === 0 ? 'tasks run in the program’s own thread' : plural(value.executors, 'executor')} · times in UTC
    </footer>
  )
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <circle cx="16" cy="13" r="6.2" /><path d="M16 4.6v16.8M7.6 13h16.8M10.1 7.1l11.8 11.8M21.9 7.1 10.1 18.9" /><path d="M4.5 27c2.9 0 2.9-2 5.75-2s2.9 2 5.75 2 2.9-2 5.75-2 2.9 2 5.75 2" />
    </svg>
  )
}

/** The address after the `#` is the page's: the link must not change it. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function titleOf(here: Route): string {
  switch (here.page) {
    case 'query':
      return 'Query'
    case 'live':
      return here.name ?? 'Live'
    case 'models':
      return 'Models'
    default:
      return 'Queries'
  }
}
