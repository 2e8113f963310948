import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Hono } from 'hono'
import type { Clock } from '../../common/clock.ts'
import type { LiveTable } from '../../sinks/live/live-table.ts'
import { fixedHeaders } from '../guard.ts'
import type { ResolvedAdminOptions } from '../options.ts'
import { EventReader, tableText } from './event-reader.ts'
import { readStream } from './read-stream.ts'

/** So that proxies and readers see that the connection lives. */
const heartbeatMs = 15_000

export interface StreamTables {
  readonly names: readonly string[]
  get(name: string): LiveTable | undefined
}

/** `GET /streams`, `/streams/NAME` and `/streams/NAME/events`. */
export function streamRoutes(app: Hono<{ Bindings: HttpBindings }>, tables: StreamTables, options: ResolvedAdminOptions, clock: Clock): { close(): void } {
  const readers = new Set<() => void>()

  app.get('/streams', c =>
    c.json({ streams: tables.names.flatMap(name => {
      const table = tables.get(name)
      return table === undefined ? [] : [{ name, key: table.key, retain: table.retain, rows: table.size, ready: table.isReady, queryId: table.position?.queryId ?? null, batchId: table.position?.batchId ?? null }]
    }) }))

  app.get('/streams/:name', c => {
    const table = tables.get(c.req.param('name'))
    if (table === undefined) return c.json({ error: 'There is no such stream.' }, 404)
    if (!table.isReady) return c.json({ error: 'The query of this stream is not ready.' }, 503)
    const answer = readStream(table, { key: c.req.query('key'), where: c.req.queries('where') ?? [], limit: c.req.query('limit'), since: c.req.query('since') })
    if ('mistake' in answer) return c.json({ error: answer.mistake }, 400)
    return c.body(tableText(table, answer.rows), 200, { 'content-type': 'application/json' })
  })

  app.get('/streams/:name/events', c => {
    const table = tables.get(c.req.param('name'))
    if (table === undefined) return c.json({ error: 'There is no such stream.' }, 404)
    if (!table.isReady) return c.json({ error: 'The query of this stream is not ready.' }, 503)
    if (readers.size >= options.maxEventReaders) return c.json({ error: 'There are as many readers as this server takes.' }, 503)
    const { outgoing } = c.env
    for (const [name, value] of Object.entries(fixedHeaders)) outgoing.setHeader(name, value)
    const origin = c.req.header('origin')
    if (origin !== undefined && options.allowedOrigins.includes(origin)) {
      outgoing.setHeader('access-control-allow-origin', origin)
      outgoing.setHeader('cross-origin-resource-policy', 'cross-origin')
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    outgoing.socket?.setNoDelay(true)
    const ended = new AbortController()
    const reader = new EventReader(
      table,
      {
        write: text => void outgoing.write(text),
        get waitingBytes() {
          return outgoing.writableLength
        },
        onDrain: then => void outgoing.once('drain', then),
      },
      options.eventBufferBytes,
      c.req.header('last-event-id') ?? c.req.query('lastEventId'),
    )
    const close = (): void => {
      if (!readers.delete(close)) return
      ended.abort()
      reader.close()
      outgoing.end()
    }
    readers.add(close)
    outgoing.on('close', close)
    void beat(clock, ended.signal, () => {
      if (!table.isReady) close()
      else if (outgoing.writableLength === 0) outgoing.write(': \n\n')
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
