import { computed, signal } from '@preact/signals'

/** Pages live behind the `#`, so that the server has one page and a reload stays where it was. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'query'; readonly id: string }
  | { readonly page: 'live'; readonly name: string | null }
  | { readonly page: 'models' }
  | { readonly page: 'unknown' }

const hash = signal(location.hash)
addEventListener('hashchange', () => {
  hash.value = location.hash
})

export const route = computed<Route>(() => routeOf(hash.value))

export function routeOf(text: string): Route {
  const [page = '', argument = ''] = text.replace(/^#\/?/, '').split('/')
  const value = decoded(argument)
  if (page === '') return { page: 'overview' }
  if (page === 'query' && value !== '') return { page: 'query', id: value }
  if (page === 'live') return { page: 'live', name: value === '' ? null : value }
  if (page === 'models') return { page: 'models' }
  return { page: 'unknown' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export function linkTo(page: 'query' | 'live', name: string): string {
  return `#/${page}/${encodeURIComponent(name)}`
}
