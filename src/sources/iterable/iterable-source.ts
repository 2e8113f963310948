import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { makeError, messageOf, type MillraceError } from '../../common/errors.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions, type ResolvedOptions } from '../../common/options.ts'
import { dataReader } from '../data-reader.ts'
import { batchesOfRows, type InputRow } from '../rows.ts'
import type { InputPartition, PlannedRange, ReadLimit, Source, SourceNotice, SourceOffset, SourceProvider } from '../source.ts'
import { Wake } from '../wake.ts'
import { isIterableInput, type IterableInput, pullFrom } from './pull.ts'

export const iterableSourceOptions = optionTable({
  id: required(option.text('', 'Id of the live iterable or observable.')),
  maxBufferedRows: option.integer(65_536, 'Rows taken from the iterable and not yet committed. An iterable waits then; an observable, which cannot wait, fails the query.', { min: 1 }),
  maxRowsPerTrigger: option.integer(65_536, 'A batch takes at most this many rows.', { min: 1 }),
})

/**
 * Rows from any iterable or observable of this process. They are taken ahead into a bounded buffer and kept until their
 * batch is committed; after a restart what was taken is gone. The offset is the number of rows.
 */
class IterableSource implements Source {
  readonly description = 'iterable'
  readonly replayable = false
  readonly #schema: Schema
  readonly #options: ResolvedOptions<typeof iterableSourceOptions>
  readonly #news = new Wake()
  readonly #room = new Wake()
  readonly #closing = new AbortController()
  readonly #input: IterableInput
  /** Rows that are not committed; the first one has the number #first. */
  #rows: InputRow[] = []
  #first = 0
  #numbered = false
  #pulling: Promise<void> | undefined
  #failure: unknown
  #ended = false
  #toTheEnd = false
  #answered = 0
  #notices: SourceNotice[] = [{
    message: 'The rows of an iterable or observable cannot be read again: those taken and not committed when the process ends are lost.',
    context: { replayable: false },
  }]

  constructor(input: IterableInput, schema: Schema, options: ResolvedOptions<typeof iterableSourceOptions>) {
    this.#input = input
    this.#schema = schema
    this.#options = options
  }

  /** Begins at once: an observable may give rows before the first batch is asked for. */
  async restore(): Promise<void> {
    this.#begin()
  }

  async latestOffset(start: SourceOffset | null, limit: ReadLimit, stop?: AbortSignal): Promise<SourceOffset | null> {
    const from = (start ?? 0) as number
    if (!this.#numbered) {
      // Goes on counting where the last run ended: there is no way back to what that run had taken.
      this.#first = from
      this.#numbered = true
    }
    const { signal } = this.#closing
    const either = stop === undefined ? signal : AbortSignal.any([signal, stop])
    while (this.#toTheEnd && this.#end <= from && !this.#ended && this.#failure === undefined && !either.aborted) await this.#news.wait(either)
    const available = Math.max(from, this.#end)
    if (this.#failure !== undefined && available === from) throw failed(this.#failure, from)
    this.#answered = limit === 'all' ? available : Math.min(available, from + this.#options.maxRowsPerTrigger)
    return available === 0 ? null : this.#answered
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const from = (start ?? 0) as number
    const to = end as number
    return { partitions: to > from ? [{ spec: { from, to }, label: `iterable[${from}..${to - 1}]` }] : [] }
  }

  data(partition: InputPartition): readonly RecordBatch[] {
    const { from, to } = partition.spec as { readonly from: number; readonly to: number }
    if (!this.#numbered || from < this.#first || to > this.#end) throw rowsGone(from, to)
    return batchesOfRows(this.#schema, this.#rows.slice(from - this.#first, to - this.#first), 'an iterable', from)
  }

  async commit(end: SourceOffset): Promise<void> {
    const count = Math.min(end as number, this.#end) - this.#first
    if (count <= 0) return
    this.#rows = this.#rows.slice(count)
    this.#first += count
    this.#room.notify()
  }

  /** What an iterable has available is everything up to its end. One that never ends keeps the query running. */
  async pinAvailable(): Promise<void> {
    this.#toTheEnd = true
  }

  changed(signal: AbortSignal): Promise<void> {
    if (this.#end > this.#answered || this.#failure !== undefined) return Promise.resolve()
    return this.#news.wait(signal)
  }

  newest(): SourceOffset | null {
    return this.#end === 0 ? null : this.#end
  }

  notices(): readonly SourceNotice[] {
    return this.#notices.splice(0)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#pulling
  }

  get #end(): number {
    return this.#first + this.#rows.length
  }

  #begin(): void {
    const { signal } = this.#closing
    this.#pulling = pullFrom(this.#input, {
      signal,
      take: item => {
        // An item may be one row or several.
        if (Array.isArray(item)) for (const row of item) this.#rows.push(row as InputRow)
        else this.#rows.push(item as InputRow)
        this.#news.notify()
      },
      full: () => this.#rows.length >= this.#options.maxBufferedRows,
      room: async () => {
        while (this.#rows.length >= this.#options.maxBufferedRows && !signal.aborted) await this.#room.wait(signal)
      },
    }).then(
      () => {
        this.#ended = true
        this.#news.notify()
      },
      (error: unknown) => {
        this.#failure = error
        this.#news.notify()
      },
    )
  }
}

function failed(cause: unknown, row: number): MillraceError {
  return makeError('SOURCE_FAILED', `The iterable failed after ${row} rows: ${messageOf(cause)}. Start the query again with an iterable that goes on from there.`, { context: { row }, cause })
}

function rowsGone(from: number, to: number): MillraceError {
  return makeError(
    'SOURCE_DATA_LOST',
    `Rows ${from} to ${to - 1} of the iterable were taken by an earlier run of the program and are gone: an iterable cannot go back. Choose another checkpointLocation, or a source that can be read again.`,
    { context: { from, to } },
  )
}

export const iterableSourceProvider: SourceProvider = Object.freeze({
  name: 'iterable',
  async open(given, schema, environment) {
    const options = resolveOptions(iterableSourceOptions, given, 'source "iterable"')
    return new IterableSource(liveObject(environment.live, options.id, 'iterable', isIterableInput), schema, options)
  },
  reader: async () => dataReader,
} satisfies SourceProvider)
