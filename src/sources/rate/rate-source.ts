import { durationMs, type Duration } from '../../common/duration.ts'
import type { Clock } from '../../common/clock.ts'
import type { Json } from '../../common/json.ts'
import { option, optionTable, resolveOptions, type ResolvedOptions } from '../../common/options.ts'
import type { InputPartition, PartitionReader, PlannedRange, ReadContext, ReadLimit, Source, SourceOffset, SourceProvider } from '../source.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { checkRateSchema, evenPartitions, generatedRows } from './generated-rows.ts'
import { type Ramp, rowsAfter, secondOfRow } from './ramp.ts'

export const rateSourceOptions = optionTable({
  rowsPerSecond: option.integer(1, 'Rows a second, evenly spread over it.', { min: 1, max: 100_000_000 }),
  rampUpTime: option.duration('0 seconds', 'How long it takes to reach that rate, in whole seconds.'),
  numPartitions: option.integer(1, 'Into how many partitions the rows of a batch are cut.', { min: 1, max: 10_000 }),
  maxBytesPerTrigger: option.integer(128 * 1024 * 1024, 'A batch takes at most this many bytes of columns, and always at least one second.', { min: 1 }),
})

type RateOptions = ResolvedOptions<typeof rateSourceOptions>

/** Bytes of one row: an instant and a number. */
const rowBytes = 16

interface RateSpec {
  readonly from: number
  readonly to: number
  /** When row 0 was due, milliseconds since the epoch. */
  readonly startMs: number
}

/**
 * Rows that become due as time passes. Row i is a function of i and the start alone, which is remembered, so any range
 * can be made again. The offset is the number of seconds since the start, as in Spark.
 */
class RateSource implements Source {
  readonly description: string
  readonly replayable = true
  readonly #clock: Clock
  readonly #options: RateOptions
  readonly #ramp: Ramp
  #startMs: number
  #remembered = false
  #pinned: number | undefined
  #newest = 0
  #answered = 0

  constructor(options: RateOptions, clock: Clock) {
    this.description = `rate[${options.rowsPerSecond} rows/s]`
    this.#options = options
    this.#ramp = rampOf(options)
    this.#clock = clock
    this.#startMs = clock.now()
  }

  async restore(remembered: ReadonlyMap<string, Json>): Promise<void> {
    const start = remembered.get('start')
    if (start === undefined) return
    this.#startMs = start as number
    this.#remembered = true
  }

  async latestOffset(start: SourceOffset | null, limit: ReadLimit): Promise<SourceOffset | null> {
    const from = (start ?? 0) as number
    // A clock that goes back makes nothing undone: there is just nothing new.
    const available = Math.max(from, this.#pinned ?? this.#available())
    this.#answered = available
    if (available === 0) return null
    if (limit === 'all') return available
    const allowed = rowsAfter(this.#ramp, from) + Math.floor(this.#options.maxBytesPerTrigger / rowBytes)
    let end = Math.min(available, secondOfRow(this.#ramp, allowed))
    if (end <= from) end = Math.min(available, from + 1)
    this.#answered = end
    return end
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const first = rowsAfter(this.#ramp, (start ?? 0) as number)
    const spec = (from: number, to: number): Json => ({ from, to, startMs: this.#startMs }) satisfies RateSpec
    const partitions = evenPartitions(first, rowsAfter(this.#ramp, end as number), this.#options.numPartitions, spec, 'rate')
    if (this.#remembered) return { partitions }
    this.#remembered = true
    return { partitions, remember: { put: [['start', this.#startMs]], remove: [] } }
  }

  async commit(): Promise<void> {}

  async pinAvailable(): Promise<void> {
    this.#pinned = this.#available()
  }

  async changed(signal: AbortSignal): Promise<void> {
    const next = this.#startMs + (this.#answered + 1) * 1000
    await this.#clock.sleep(Math.max(0, next - this.#clock.now()), signal)
  }

  newest(): SourceOffset | null {
    const seconds = this.#available()
    return seconds === 0 ? null : seconds
  }

  async close(): Promise<void> {}

  #available(): number {
    this.#newest = Math.max(this.#newest, Math.floor((this.#clock.now() - this.#startMs) / 1000), 0)
    return this.#newest
  }
}

class RateReader implements PartitionReader {
  readonly #ramp: Ramp

  constructor(ramp: Ramp) {
    this.#ramp = ramp
  }

  async *read(partition: InputPartition, schema: Schema, context: ReadContext): AsyncIterable<RecordBatch> {
    const { from, to, startMs } = partition.spec as unknown as RateSpec
    for (const batch of generatedRows(schema, from, to, (micros, first) => this.#fill(micros, first, startMs))) {
      if (context.signal.aborted) return
      yield batch
    }
  }

  /** The rows of a second are spread evenly over it. */
  #fill(micros: Float64Array, first: number, startMs: number): void {
    let second = secondOfRow(this.#ramp, first)
    let begin = rowsAfter(this.#ramp, second)
    let end = rowsAfter(this.#ramp, second + 1)
    for (let i = 0; i < micros.length; i++) {
      const row = first + i
      while (row >= end) {
        second++
        begin = end
        end = rowsAfter(this.#ramp, second + 1)
      }
      micros[i] = startMs * 1000 + second * 1e6 + Math.floor(((row - begin) * 1e6) / (end - begin))
    }
  }
}

function rampOf(options: RateOptions): Ramp {
  return { rowsPerSecond: options.rowsPerSecond, rampUpSeconds: Math.floor(durationMs(options.rampUpTime as Duration, 'rampUpTime') / 1000) }
}

const where = 'source "rate"'

export const rateSourceProvider: SourceProvider = Object.freeze({
  name: 'rate',
  async open(given, schema, environment) {
    const options = resolveOptions(rateSourceOptions, given, where)
    checkRateSchema(schema, 'rate')
    return new RateSource(options, environment.ports.clock)
  },
  reader: async given => new RateReader(rampOf(resolveOptions(rateSourceOptions, given, where))),
} satisfies SourceProvider)
