import { signal } from '@preact/signals'
import { getJson, HttpFailure } from '../api/client.ts'
import { followStream } from '../api/event-stream.ts'
import { type LiveChange, LiveRows, type LiveSnapshot, type Row } from './live-rows.ts'

export interface LiveView {
  readonly rows: readonly Row[]
  readonly batchId: number
  readonly watermark: string | null
  /** Keys of rows that the last batch changed. */
  readonly changed: ReadonlySet<string>
  readonly state: 'connecting' | 'live' | 'lost'
  /** Why there is no connection. */
  readonly failure: string | null
}

const nothing: ReadonlySet<string> = new Set()

/** Follows a live table of the server: whole at first, then batch by batch, again after a break or a gap. */
export class LiveTable {
  readonly view = signal<LiveView>({ rows: [], batchId: -1, watermark: null, changed: nothing, state: 'connecting', failure: null })
  readonly keyOf: (row: Row) => string
  readonly #rows: LiveRows
  readonly #path: string
  readonly #stop = new AbortController()

  constructor(name: string, key: readonly string[]) {
    this.#rows = new LiveRows(key)
    this.keyOf = row => this.#rows.keyOf(row)
    this.#path = `streams/${encodeURIComponent(name)}`
    void followStream(`${this.#path}/events`, {
      onOpen: () => this.#show({ state: 'live', failure: null }),
      onEvent: ({ event, data }) => this.#onEvent(event, data),
      onLost: reason => this.#show({ state: 'lost', failure: reason instanceof HttpFailure ? reason.message : 'The connection was lost.' }),
    }, this.#stop.signal)
  }

  close(): void {
    this.#stop.abort()
  }

  #onEvent(event: string, data: string): void {
    if (event === 'snapshot') {
      this.#rows.load(JSON.parse(data) as LiveSnapshot)
      this.#show({ changed: nothing })
    } else if (event === 'batch') this.#show({ changed: this.#rows.apply(JSON.parse(data) as LiveChange) })
    else if (event === 'gap') void this.#readAgain()
  }

  /** What was missed is in the table itself. */
  async #readAgain(): Promise<void> {
    try {
      const snapshot = await getJson<LiveSnapshot>(this.#path, this.#stop.signal)
      if (snapshot.batchId < this.#rows.batchId) return
      this.#rows.load(snapshot)
      this.#show({ changed: nothing })
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#show({ failure: error instanceof Error ? error.message : String(error) })
    }
  }

  #show(part: Partial<LiveView>): void {
    if (this.#stop.signal.aborted) return
    this.view.value = { ...this.view.peek(), rows: this.#rows.rows(), batchId: this.#rows.batchId, watermark: this.#rows.watermark, ...part }
  }
}
