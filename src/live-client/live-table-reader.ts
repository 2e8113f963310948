import { EventParser, type ServerEvent } from './event-parser.ts'
import { LiveRows } from './live-rows.ts'
import { LiveTableError } from './live-table-error.ts'

/** `idle`: nobody subscribes; `lost`: the next try comes by itself; `refused`: none comes, see `error`. */
export type Connection = 'idle' | 'connecting' | 'open' | 'lost' | 'refused' | 'closed'

export interface LiveTableOptions {
  /** The key of the live() sink, one column or several; none for a table that rows are only added to. */
  readonly key?: string | readonly string[]
  /** Sent as `Authorization: Bearer …`, never in the address. */
  readonly token?: string
  /** @default the global fetch */
  readonly fetch?: typeof globalThis.fetch
  /** Wait before the first new try; doubled with each that fails, up to 30 times as much. @default 300 */
  readonly retryMs?: number
}

/** A live table after a batch. A new object with each change, and never changed. */
export interface LiveSnapshot<Row> {
  /** Those changed last come last. */
  readonly rows: readonly Row[]
  /** null before the first answer; −1 before the first batch. */
  readonly batchId: number | null
  readonly queryId: string | null
  /** ISO-8601. */
  readonly watermark: string | null
  readonly connection: Connection
  readonly error: Error | null
}

/**
 * A live table that follows a job: a store (React's `useSyncExternalStore(table.subscribe, table.getSnapshot)`, Svelte's
 * `$table`), and an AsyncIterable of snapshots. It connects while somebody subscribes or iterates.
 */
export interface LiveTableReader<Row> extends AsyncIterable<LiveSnapshot<Row>>, Disposable {
  /** Calls back at once, and with each change, until the answer is called. */
  readonly subscribe: (listener: (snapshot: LiveSnapshot<Row>) => void) => () => void
  readonly getSnapshot: () => LiveSnapshot<Row>
  /** Ends it for good. */
  close(): void
}

/** The server shows every 15 seconds that it lives. */
const silenceMs = 40_000
const maxRetries = 30

/**
 * Follows a table of a live() sink. Comes back by itself when the connection is lost, the job is started anew or this reader
 * was too slow, from the batch that it has: no row is there twice or missing. `url` is that of the table:
 * `http://127.0.0.1:9464/streams/board`.
 *
 *     const board = liveTable<{ origin: string; flights: number }>('/streams/board', { key: 'origin' })
 *     for await (const { rows } of board) render(rows)
 *
 * The type of the rows is what the caller says: it is not checked. An iteration skips states that were replaced while its
 * body ran, and throws LiveTableError when the server refuses (400, 401, 403, 421).
 */
export function liveTable<Row extends object = { readonly [column: string]: unknown }>(url: string | URL, options: LiveTableOptions = {}): LiveTableReader<Row> {
  const { key = [], token, fetch = globalThis.fetch, retryMs = 300 } = options
  const table = new LiveRows(typeof key === 'string' ? [key] : key)
  const listeners = new Set<(snapshot: LiveSnapshot<Row>) => void>()
  let running: AbortController | null = null
  let lastEventId: string | null = null
  let hasProgressed = false
  let state: LiveSnapshot<Row> = { rows: [], batchId: null, queryId: null, watermark: null, connection: 'idle', error: null }

  const change = (next: Partial<LiveSnapshot<Row>>): void => {
    state = { ...state, ...next }
    for (const listener of [...listeners]) {
      try {
        listener(state)
      } catch (error) {
        // Not a failure of the connection: it is told as what it is.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  /** Answers whether this connection can go on. */
  const take = ({ event, id, data }: ServerEvent): boolean => {
    // The id stays that of the last batch that is known: a new connection is given those after it.
    if (event === 'gap') return false
    if (event !== 'snapshot' && event !== 'batch') return true
    // What cannot be taken may have been taken in part: then the next connection begins with all rows.
    lastEventId = null
    if (event === 'snapshot') table.replace(JSON.parse(data))
    else table.apply(JSON.parse(data))
    lastEventId = id
    hasProgressed = true
    const { batchId, queryId, watermark } = table
    change({ rows: table.rows as Row[], batchId, queryId, watermark, connection: 'open', error: null })
    return true
  }

  const connect = async (signal: AbortSignal): Promise<void> => {
    const alive = new AbortController()
    let silence = setTimeout(() => alive.abort(), silenceMs)
    try {
      const answer = await fetch(eventsUrl(url, lastEventId), {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        credentials: 'omit',
        signal: AbortSignal.any([signal, alive.signal]),
      })
      if (!answer.ok || answer.body === null) throw await failure(answer)
      change({ connection: 'open', error: null })
      const parser = new EventParser()
      const decoder = new TextDecoder()
      const reader = answer.body.getReader()
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        clearTimeout(silence)
        silence = setTimeout(() => alive.abort(), silenceMs)
        if (!parser.push(decoder.decode(value, { stream: true })).every(take)) return
      }
    } finally {
      clearTimeout(silence)
      // Lets go of a connection that was left in the middle.
      alive.abort()
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    for (let failed = 0; !signal.aborted; ) {
      change({ connection: state.connection === 'lost' ? 'lost' : 'connecting' })
      let error: Error | null = null
      hasProgressed = false
      try {
        await connect(signal)
      } catch (caught) {
        error = caught instanceof Error ? caught : new Error(String(caught))
      }
      if (signal.aborted) return
      if (error instanceof LiveTableError) {
        running = null
        change({ connection: 'refused', error })
        return
      }
      failed = hasProgressed ? 0 : failed + 1
      change({ connection: 'lost', error })
      // Not all readers at the same moment.
      await wait(Math.min(retryMs * 2 ** failed, retryMs * maxRetries) * (0.5 + Math.random() / 2), signal)
    }
  }

  const start = (): void => {
    if (running !== null || state.connection === 'closed' || state.connection === 'refused') return
    running = new AbortController()
    void run(running.signal)
  }

  const stop = (connection: Connection): void => {
    running?.abort()
    running = null
    if (state.connection !== 'refused') change({ connection })
  }

  const subscribe = (listener: (snapshot: LiveSnapshot<Row>) => void): (() => void) => {
    const own = (snapshot: LiveSnapshot<Row>): void => listener(snapshot)
    listeners.add(own)
    own(state)
    start()
    return () => {
      if (listeners.delete(own) && listeners.size === 0 && state.connection !== 'closed') stop('idle')
    }
  }

  const close = (): void => stop('closed')

  return {
    subscribe,
    getSnapshot: () => state,
    close,
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]: close,
    async *[Symbol.asyncIterator]() {
      let wake = (): void => {}
      let shown: readonly Row[] | null = null
      const unsubscribe = subscribe(() => wake())
      try {
        for (;;) {
          if (state.batchId !== null && state.rows !== shown) {
            shown = state.rows
            yield state
          } else if (state.connection === 'refused') throw state.error ?? new Error('The server refuses.')
          else if (state.connection === 'closed') return
          else await new Promise<void>(resolve => (wake = resolve))
        }
      } finally {
        unsubscribe()
      }
    },
  } as LiveTableReader<Row>
}

/** The id goes in the address: a header of that name would need to be asked for first on a server of another origin. */
function eventsUrl(url: string | URL, lastEventId: string | null): string {
  const [path, query] = String(url).split('?', 2)
  const parameters = new URLSearchParams(query)
  if (lastEventId !== null) parameters.set('lastEventId', lastEventId)
  const text = parameters.toString()
  return `${path.replace(/\/$/, '')}/events${text === '' ? '' : `?${text}`}`
}

/** What is wrong with the question stays wrong; a job that starts answers 404 and 503 for a while. */
async function failure(answer: Response): Promise<Error> {
  const text = await answer.text().catch(() => '')
  const message = `The server answered ${answer.status}: ${text.slice(0, 500)}`
  return [400, 401, 403, 421].includes(answer.status) ? new LiveTableError(answer.status, message) : new Error(message)
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
