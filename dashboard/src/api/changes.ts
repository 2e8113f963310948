import { effect, signal } from '@preact/signals'
import { isDenied, token } from './client.ts'
import { followStream } from './event-stream.ts'

export type Connection = 'connecting' | 'open' | 'lost'

export const connection = signal<Connection>('connecting')
/** Goes up when a query has changed, and when the connection is there again: what is shown is to be asked for anew. */
export const changes = signal(0)

/** Follows the server's events for as long as the page lives, anew with each token. */
export function followChanges(): void {
  effect(() => {
    void token.value
    if (isDenied.value) return
    const stop = new AbortController()
    void followStream('api/v1/events', {
      onOpen: () => {
        connection.value = 'open'
        changes.value++
      },
      onEvent: () => {
        changes.value++
      },
      onLost: () => {
        connection.value = 'lost'
      },
    }, stop.signal)
    return () => stop.abort()
  })
}
