import type { StreamingQueryProgress } from 'millrace'
import type { FeedPosition } from './feed.ts'
import { bar, styled, type TableColumn, tableLines } from './live-table.ts'
import type { ClosedWindow } from './live-query.ts'

/** Three hours of three airports; with the rest it fits a terminal of 80 by 24. */
const newestShown = 9
const rateOverMs = 2000
const barWidth = 8

/** What the demo knows so far, and how it reads: as lines for a terminal or for a log. */
export class Scoreboard {
  readonly #model: string
  readonly #newest: ClosedWindow[] = []
  readonly #recent: { readonly atMs: number; readonly rows: number; readonly busyMs: number }[] = []
  readonly #began: number
  #feed: FeedPosition | null = null
  #last: StreamingQueryProgress | null = null
  #lastWithRows: StreamingQueryProgress | null = null
  #batches = 0
  #flights = 0
  #busyMs = 0
  #closed = 0
  #landed = 0
  #expected = 0
  #observed = 0
  #late = 0

  constructor(model: string, nowMs: number) {
    this.#model = model
    this.#began = nowMs
  }

  fed(position: FeedPosition): void {
    this.#feed = position
  }

  /** Takes in a batch and the windows that it closed; gives its line for a log. */
  batch(progress: StreamingQueryProgress, closed: readonly ClosedWindow[], nowMs: number): string {
    this.#last = progress
    if (progress.numInputRows > 0) this.#lastWithRows = progress
    this.#batches++
    this.#flights += progress.numInputRows
    this.#busyMs += progress.batchDuration
    this.#late += progress.stateOperators[0]?.numLateRows ?? 0
    this.#recent.push({ atMs: nowMs, rows: progress.numInputRows, busyMs: progress.batchDuration })
    this.#closed += closed.length
    for (const w of closed) {
      this.#landed += w.flights
      this.#expected += w.expected
      this.#observed += w.observed
    }
    const ordered = [...closed].sort((a, b) => (a.window_start + a.origin < b.window_start + b.origin ? -1 : 1))
    this.#newest.push(...ordered)
    this.#newest.splice(0, Math.max(0, this.#newest.length - newestShown))
    const expected = closed.reduce((n, w) => n + w.expected, 0)
    const observed = closed.reduce((n, w) => n + w.observed, 0)
    const windows = closed.length === 0 ? '' : `; ${closed.length} windows closed, late arrivals expected ${expected.toFixed(1)}, observed ${observed}`
    return `batch ${progress.batchId}: ${progress.numInputRows} flights in ${progress.batchDuration} ms (${whole(progress.processedRowsPerSecond)} rows/s), watermark ${minute(progress.eventTime.watermark)}${windows}`
  }

  /** The whole board, for a terminal. */
  lines(nowMs: number): string[] {
    return [
      `  ${styled('bold', 'Millrace')}  New York departures, January 2013, scored by ${styled('cyan', this.#model)}`,
      '',
      `  ${this.#clockLine()}`,
      '',
      ...this.#figures(nowMs).map(l => `  ${l}`),
      '',
      '  Arrivals more than 30 minutes late, by hour of departure:',
      ...tableLines(windowColumns, this.#newest.toReversed()).map(l => `  ${l}`),
      ...Array.from({ length: newestShown - this.#newest.length }, () => ''),
      '',
      `  ${styled('bold', this.#total())}`,
    ]
  }

  /** What it came to; plain text. */
  summary(nowMs: number, isComplete: boolean): string {
    const open = this.#last?.stateOperators[0]?.numRowsTotal ?? 0
    const seconds = (nowMs - this.#began) / 1000
    const mean = this.#batches === 0 ? 0 : this.#busyMs / this.#batches
    const late = this.#late === 0 ? '' : ` ${this.#late === 1 ? 'One flight' : `${this.#late} flights`} came later than that and did not count.`
    return [
      `${whole(this.#flights)} flights scored in ${this.#batches} batches, ${mean.toFixed(0)} ms each, in ${seconds.toFixed(1)} s${isComplete ? '' : '; stopped before the end'}.`,
      `${this.#total()}.`,
      `${open} windows are still open: a flight up to 6 hours late could still change them.${late}`,
    ].join('\n')
  }

  #clockLine(): string {
    if (this.#feed === null) return styled('dim', 'starting …')
    const { startMs, endMs, nowMs } = this.#feed
    const done = bar(nowMs - startMs, endMs - startMs, 32).padEnd(32, '·')
    return `${minute(new Date(nowMs).toISOString())} UTC  ${done}  ${Math.round(((nowMs - startMs) / (endMs - startMs)) * 100)} %`
  }

  #figures(nowMs: number): string[] {
    while (this.#recent.length > 0 && this.#recent[0].atMs < nowMs - rateOverMs) this.#recent.shift()
    const span = Math.min(rateOverMs, Math.max(1, nowMs - this.#began))
    const rows = this.#recent.reduce((n, r) => n + r.rows, 0)
    const busyMs = this.#recent.reduce((n, r) => n + r.busyMs, 0)
    const batch = this.#lastWithRows
    const state = this.#last?.stateOperators[0]
    const pair = (name: string, value: string): string => `${styled('dim', name.padEnd(11))}${value.padEnd(27)}`
    return [
      pair('arriving', `${whole((rows * 1000) / span)} rows/s`) + pair('batch', batch === null ? '-' : `${batch.batchDuration} ms for ${batch.numInputRows} rows`),
      pair('busy', `${Math.round((busyMs * 100) / span)} % of the time`) + pair('batches', whole(this.#batches)),
      pair('watermark', minute(this.#last?.eventTime.watermark)) + pair('open', state === undefined ? '-' : `${state.numRowsTotal} windows, ${whole(state.memoryUsedBytes / 1024)} KiB`),
    ]
  }

  #total(): string {
    return `${whole(this.#closed)} windows closed, ${whole(this.#landed)} flights; late: ${whole(this.#expected)} expected, ${whole(this.#observed)} observed`
  }
}

const windowColumns: readonly TableColumn<ClosedWindow>[] = [
  { title: 'closed window (UTC)', width: 19, align: 'left', text: w => `${minute(w.window_start).slice(5)} – ${minute(w.window_end).slice(-5)}` },
  { title: 'origin', width: 6, align: 'left', text: w => w.origin },
  { title: 'flights', width: 7, align: 'right', text: w => String(w.flights) },
  { title: 'expected', width: 9, align: 'right', text: w => w.expected.toFixed(1) },
  { title: '', width: barWidth, align: 'left', text: w => styledBar('cyan', w.expected) },
  { title: 'observed', width: 8, align: 'right', text: w => String(w.observed) },
  { title: '', width: barWidth, align: 'left', text: w => styledBar('yellow', w.observed) },
]

/** Padded before it is coloured: the width of a cell is counted in characters. */
function styledBar(style: 'cyan' | 'yellow', value: number): string {
  return styled(style, bar(value, 16, barWidth).padEnd(barWidth))
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en')
}

/** An ISO-8601 time to the minute. */
function minute(iso: string | undefined): string {
  return iso === undefined ? '-' : iso.slice(0, 16).replace('T', ' ')
}
