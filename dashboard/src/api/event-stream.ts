import { request } from './client.ts'
import { EventParser, type ServerEvent } from './event-parser.ts'

/** What follows a stream of events. */
export interface StreamFollower {
  /** A connection is there. */
  onOpen?(): void
  onEvent(event: ServerEvent): void
  /** It ended, or there was none; the next try comes by itself. */
  onLost?(reason: unknown): void
}

const firstWaitMs = 300
const maxWaitMs = 8000
/** The server shows every 15 seconds that it lives. */
const silenceMs = 40_000

/**
 * Follows server-sent events until the signal aborts. By fetch, since an EventSource cannot send a token. Comes back after a
 * break, with the id of the last event, first soon, then less often; and lets go of the connection while the page is not
 * looked at, as browsers allow few to one server.
 */
export async function followStream(path: string, follower: StreamFollower, signal: AbortSignal): Promise<void> {
  let lastId = ''
  let waitMs = firstWaitMs
  while (!signal.aborted) {
    await visible(signal)
    if (signal.aborted) return
    const attempt = new AbortController()
    const abort = (): void => attempt.abort()
    const onHidden = (): void => {
      if (document.hidden) attempt.abort()
    }
    signal.addEventListener('abort', abort)
    document.addEventListener('visibilitychange', onHidden)
    let silence = setTimeout(abort, silenceMs)
    try {
      const answer = await request(path, { signal: attempt.signal, headers: { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) } })
      follower.onOpen?.()
      waitMs = firstWaitMs
      const parser = new EventParser()
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
        clearTimeout(silence)
        silence = setTimeout(abort, silenceMs)
        for (const event of parser.push(part.value)) {
          if (event.id !== null) lastId = event.id
          follower.onEvent(event)
        }
      }
      if (!document.hidden) follower.onLost?.(null)
    } catch (error) {
      if (!signal.aborted && !document.hidden) follower.onLost?.(error)
    } finally {
      clearTimeout(silence)
      signal.removeEventListener('abort', abort)
      document.removeEventListener('visibilitychange', onHidden)
      attempt.abort()
    }
    await sleep(waitMs * (0.75 + Math.random() / 2), signal)
    waitMs = Math.min(maxWaitMs, waitMs * 2)
  }
}

function visible(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve()
  return new Promise(resolve => {
    const look = (): void => {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener('visibilitychange', look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', look)
  })
}

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
