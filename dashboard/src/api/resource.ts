import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { changes } from './changes.ts'
import { getJson, HttpFailure, isDenied, token } from './client.ts'
import { sleep } from './event-stream.ts'

/** Something that the server knows, as it was last told. */
export interface Resource<T> {
  readonly value: T | null
  /** Why the last question had no answer; null when it had. */
  readonly failure: string | null
  /** The server has no such thing. */
  readonly isMissing: boolean
}

/** Asked for again at least this often, also when no event says that something changed. */
const idleMs = 5000

/**
 * Asks for `path` and keeps the answer up to date: after each change, but not more often than every `minMs`. The former
 * answer stays while there is no new one. null asks for nothing.
 */
export function useResource<T>(path: string | null, minMs = 250): Resource<T> {
  const state = useSignal<Resource<T> & { readonly path: string | null }>({ value: null, failure: null, isMissing: false, path: null })
  const wanted = token.value
  const denied = isDenied.value
  useEffect(() => {
    if (path === null || denied) return undefined
    const stop = new AbortController()
    void keep<T>(path, minMs, stop.signal, found => {
      const before = state.peek().path === path ? state.peek().value : null
      state.value = { value: before, ...found, path }
    })
    return () => stop.abort()
  }, [path, wanted, denied])
  return state.value.path === path ? state.value : { value: null, failure: null, isMissing: false }
}

async function keep<T>(path: string, minMs: number, stop: AbortSignal, tell: (found: { readonly value?: T; readonly failure: string | null; readonly isMissing: boolean }) => void): Promise<void> {
  while (!stop.aborted) {
    const seen = changes.peek()
    if (!document.hidden) {
      try {
        tell({ value: await getJson<T>(path, stop), failure: null, isMissing: false })
      } catch (error) {
        if (stop.aborted) return
        tell({ failure: error instanceof HttpFailure ? error.message : 'The server does not answer.', isMissing: error instanceof HttpFailure && error.status === 404 })
      }
    }
    await sleep(minMs, stop)
    await change(seen, stop)
  }
}

/** Until something has changed since `seen`, or some time has gone by. */
async function change(seen: number, stop: AbortSignal): Promise<void> {
  if (changes.peek() !== seen) return
  const woken = new AbortController()
  const end = (): void => woken.abort()
  stop.addEventListener('abort', end)
  const unsubscribe = changes.subscribe(now => {
    if (now !== seen) end()
  })
  await sleep(idleMs, woken.signal)
  unsubscribe()
  stop.removeEventListener('abort', end)
}
