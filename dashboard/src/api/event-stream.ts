import { request } from './client.ts'

export interface ServerEvent {
  readonly event: string
  readonly data: string
}

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
/** One event of the server fits; without an end of line a stream is none. */
const maxBuffered = 256 * 1024 * 1024

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
        for (const { event, data, id } of parser.push(part.value)) {
          if (id !== null) lastId = id
          follower.onEvent({ event, data })
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

/** Takes text as it comes, gives whole events. */
export class EventParser {
  #rest = ''

  push(text: string): { readonly event: string; readonly data: string; readonly id: string | null }[] {
    this.#rest += text.replaceAll('\r\n', '\n')
    const blocks = this.#rest.split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > maxBuffered) throw new RangeError('An event is larger than can be shown.')
    return blocks.flatMap(block => {
      let event = 'message'
      let id: string | null = null
      const data: string[] = []
      for (const line of block.split('\n')) {
        const at = line.indexOf(':')
        if (at <= 0) continue
        const value = line.slice(at + (line[at + 1] === ' ' ? 2 : 1))
        const field = line.slice(0, at)
        if (field === 'event') event = value
        else if (field === 'id') id = value
        else if (field === 'data') data.push(value)
      }
      return data.length === 0 ? [] : [{ event, data: data.join('\n'), id }]
    })
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
