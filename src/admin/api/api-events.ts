import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Hono } from 'hono'
import type { Clock } from '../../common/clock.ts'
import { fixedHeaders } from '../guard.ts'
import type { ResolvedAdminOptions } from '../options.ts'
import type { QueryBook } from './query-book.ts'

const heartbeatMs = 15_000
/** A reader this far behind is told of no more: it asks again for everything when it hears the next. */
const maxWaitingBytes = 64 * 1024

/** `GET /api/v1/events`: says that something has changed, not what, so that nothing is lost when one is missed. */
export function apiEvents(app: Hono<{ Bindings: HttpBindings }>, book: QueryBook, options: ResolvedAdminOptions, clock: Clock): { close(): void } {
  const readers = new Set<() => void>()
  app.get('/api/v1/events', c => {
    if (readers.size >= options.maxEventReaders) return c.json({ error: 'There are as many readers as this server takes.' }, 503)
    const { outgoing } = c.env
    for (const [name, value] of Object.entries(fixedHeaders)) outgoing.setHeader(name, value)
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    outgoing.socket?.setNoDelay(true)
    outgoing.write(': \n\n')
    const stop = book.onChange(change => {
      if (outgoing.writableLength < maxWaitingBytes) outgoing.write(`event: changed\ndata: ${JSON.stringify(change)}\n\n`)
    })
    const ended = new AbortController()
    const close = (): void => {
      if (!readers.delete(close)) return
      stop()
      ended.abort()
      outgoing.end()
    }
    readers.add(close)
    outgoing.on('close', close)
    void beat(clock, ended.signal, () => {
      if (outgoing.writableLength === 0) outgoing.write(': \n\n')
    })
    return RESPONSE_ALREADY_SENT
  })
  return {
    close: () => {
      for (const close of [...readers]) close()
    },
  }
}

async function beat(clock: Clock, signal: AbortSignal, then: () => void): Promise<void> {
  for (;;) {
    await clock.sleep(heartbeatMs, signal)
    if (signal.aborted) return
    then()
  }
}
