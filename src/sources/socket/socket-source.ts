import { isUtf8 } from 'node:buffer'
import { BatchBuilder } from '../../columnar/batch-builder.ts'
import { field, stringType, timestampType } from '../../columnar/data-type.ts'
import { maxBatchRows, type RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { isMillraceError, makeError, messageOf, type MillraceError } from '../../common/errors.ts'
import { option, optionTable, required, resolveOptions, type ResolvedOptions } from '../../common/options.ts'
import type { Ports } from '../../common/ports.ts'
import { dataReader } from '../data-reader.ts'
import type { InputPartition, PlannedRange, ReadLimit, Source, SourceNotice, SourceOffset, SourceProvider } from '../source.ts'
import { Wake } from '../wake.ts'
import type { LoggedLine } from './frames.ts'
import { IngestLog, linesLost } from './ingest-log.ts'
import { LineSplitter } from './line-splitter.ts'

export const socketSourceOptions = optionTable({
  host: required(option.text('', 'Host to connect to.')),
  port: required(option.integer(1, 'Its port.', { min: 1, max: 65_535 })),
  includeTimestamp: option.boolean(false, 'Also give the instant at which each line was received.'),
  maxBytesPerTrigger: option.integer(128 * 1024 * 1024, 'A batch takes at most about this many bytes.', { min: 1 }),
  maxRecordBytes: option.integer(1024 * 1024, 'A longer line fails the query.', { min: 1, max: 64 * 1024 * 1024 }),
  maxLogBytes: option.integer(256 * 1024 * 1024, 'The sender has to wait while this many bytes are not committed.', { min: 1 }),
})

type Options = ResolvedOptions<typeof socketSourceOptions>

const firstWaitMs = 100
const longestWaitMs = 10_000

/** The columns of the socket source. */
export function socketSchema(includeTimestamp: boolean): Schema {
  return makeSchema([field('value', stringType, false), ...(includeTimestamp ? [field('timestamp', timestampType, false)] : [])])
}

/**
 * Lines from a TCP connection. Each goes into a log of the checkpoint and counts once it is durable there: from then on
 * it is processed exactly once, whatever happens. Lines on their way at a crash are lost, as the sender is not told.
 */
class SocketSource implements Source {
  readonly description: string
  readonly replayable = true
  readonly #options: Options
  readonly #schema: Schema
  readonly #ports: Ports
  readonly #log: IngestLog
  readonly #news = new Wake()
  readonly #room = new Wake()
  readonly #tried = new Wake()
  readonly #closing = new AbortController()
  #receiving: Promise<void> | undefined
  #failure: MillraceError | undefined
  #notices: SourceNotice[] = []
  /** How it went to connect: the last failure, until there was a connection. */
  #connection: 'untried' | 'reached' | { readonly reason: string; readonly cause: unknown } = 'untried'
  #pinned: number | undefined
  #answered = 0
  #committed = 0

  constructor(options: Options, schema: Schema, ports: Ports, log: IngestLog) {
    this.description = `socket[${options.host}:${options.port}]`
    this.#options = options
    this.#schema = schema
    this.#ports = ports
    this.#log = log
  }

  async restore(): Promise<void> {}

  /**
   * The first call says how far earlier runs came, so nothing is received before it: new lines would take the numbers
   * of lines that were lost, and count as committed.
   */
  #begin(from: number): void {
    if (from > this.#log.end) throw linesLost(this.#log.directory, this.#log.end, from)
    this.#receiving ??= this.#receive().catch((error: unknown) => {
      this.#failure = isMillraceError(error) ? error : failed(this.description, error)
      this.#news.notify()
      this.#tried.notify()
    })
  }

  async latestOffset(start: SourceOffset | null, limit: ReadLimit, signal?: AbortSignal): Promise<SourceOffset | null> {
    const from = (start ?? 0) as number
    this.#begin(from)
    // A query of Trigger once or availableNow does not see a later attempt: it would end as if there were no lines.
    const endsByItself = limit === 'all' || this.#pinned !== undefined
    if (endsByItself) await this.#firstAttempt(signal)
    const available = Math.max(from, this.#pinned ?? this.#log.end)
    if (available === from && this.#failure !== undefined) throw this.#failure
    if (available === from && endsByItself && typeof this.#connection === 'object') throw unreachable(this.#options, this.#connection)
    this.#answered = limit === 'all' ? available : Math.min(available, this.#log.endWithin(from, this.#options.maxBytesPerTrigger))
    return this.#answered === 0 ? null : this.#answered
  }

  async #firstAttempt(signal: AbortSignal | undefined): Promise<void> {
    const stopping = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    while (this.#connection === 'untried' && this.#failure === undefined && !stopping.aborted) await this.#tried.wait(stopping)
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const from = (start ?? 0) as number
    const to = end as number
    return { partitions: to > from ? [{ spec: { from, to }, label: `${this.description} lines ${from} to ${to - 1}` }] : [] }
  }

  async data(partition: InputPartition): Promise<readonly RecordBatch[]> {
    const { from, to } = partition.spec as { readonly from: number; readonly to: number }
    return batchesOfLines(this.#schema, await this.#log.read(from, to))
  }

  async commit(end: SourceOffset): Promise<void> {
    this.#committed = Math.max(this.#committed, end as number)
    await this.#log.removeBefore(end as number)
    this.#room.notify()
  }

  async pinAvailable(): Promise<void> {
    this.#pinned = this.#log.end
  }

  changed(signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined || (this.#pinned ?? this.#log.end) > this.#answered) return Promise.resolve()
    return this.#news.wait(signal)
  }

  newest(): SourceOffset | null {
    return this.#log.end === 0 ? null : this.#log.end
  }

  notices(): readonly SourceNotice[] {
    return this.#notices.splice(0)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#receiving
    await this.#log.close()
  }

  async #receive(): Promise<void> {
    const { signal } = this.#closing
    const { clock, network } = this.#ports
    const { host, port } = this.#options
    /** Why there is no connection; noticed once, until lines come again or the reason is another one. */
    let lost: string | undefined
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const splitter = new LineSplitter(this.#options.maxRecordBytes)
      let reason = 'the other side closed it'
      try {
        for await (const bytes of network.connect(host, port, signal, () => this.#reached())) {
          this.#reached()
          waitMs = firstWaitMs / 2
          if (lost !== undefined) this.#notice({ message: `There is a connection to ${host}:${port} again; what was sent meanwhile did not arrive here.`, context: { host, port, lost } })
          lost = undefined
          await this.#keep(splitter.push(bytes))
          await this.#waitForRoom(signal)
          if (signal.aborted) return
        }
        if (signal.aborted) return
        this.#reached()
        // A sender that closes has finished its last line; one that breaks off has not.
        await this.#keep(splitter.end())
      } catch (error) {
        if (isMillraceError(error)) throw error
        reason = messageOf(error)
        if (this.#connection !== 'reached') this.#connection = { reason, cause: error }
      }
      if (signal.aborted) return
      if (reason !== lost) this.#notice({ message: `There is no connection to ${host}:${port} (${reason}); it is tried again.`, context: { host, port, reason } })
      lost = reason
      this.#tried.notify()
      await clock.sleep(waitMs, signal)
    }
  }

  #reached(): void {
    if (this.#connection === 'reached') return
    this.#connection = 'reached'
    this.#tried.notify()
  }

  /** Ends a wait for lines too: a query without batches would otherwise never tell. */
  #notice(notice: SourceNotice): void {
    this.#notices.push(notice)
    this.#news.notify()
  }

  async #keep(lines: readonly Uint8Array[] | undefined): Promise<void> {
    if (lines === undefined) throw lineTooLong(this.description, this.#options.maxRecordBytes)
    if (lines.length === 0) return
    try {
      await this.#log.append(lines, this.#ports.clock.now())
    } catch (error) {
      throw failed(this.description, error)
    }
    this.#news.notify()
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    while (this.#log.bytesAfter(this.#committed) > this.#options.maxLogBytes && !signal.aborted) await this.#room.wait(signal)
  }
}

function batchesOfLines(schema: Schema, lines: readonly LoggedLine[]): RecordBatch[] {
  const batches: RecordBatch[] = []
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  for (let start = 0; start < lines.length; start += maxBatchRows) {
    const some = lines.slice(start, start + maxBatchRows)
    const builder = new BatchBuilder(schema, some.length)
    schema.fields.forEach((f, k) => {
      const column = builder.columns[k]
      for (const line of some) {
        if (f.name === 'timestamp') column.appendFloat64(line.timeMs * 1000)
        else {
          // Text columns hold valid UTF-8 only; bytes that are none become the replacement character.
          const text = isUtf8(line.bytes) ? line.bytes : encoder.encode(decoder.decode(line.bytes))
          column.appendBytes(text, 0, text.length)
        }
      }
    })
    batches.push(builder.finish())
  }
  return batches
}

function lineTooLong(source: string, maxRecordBytes: number): MillraceError {
  return makeError('SOURCE_FAILED', `A line from ${source} is longer than maxRecordBytes (${maxRecordBytes}). Raise the limit, or send shorter lines.`, { context: { source, maxRecordBytes } })
}

function failed(source: string, cause: unknown): MillraceError {
  return makeError('SOURCE_FAILED', `Lines from ${source} could not be kept in the checkpoint: ${messageOf(cause)}. Remove the cause and start the query again.`, { context: { source }, cause })
}

function unreachable({ host, port }: Options, { reason, cause }: { readonly reason: string; readonly cause: unknown }): MillraceError {
  return makeError(
    'SOURCE_FAILED',
    `There is no connection to ${host}:${port} (${reason}), and the query would end without its lines. Start the sender first, or correct host and port, and start the query again; with the default trigger the query waits for it.`,
    { context: { host, port, reason }, cause },
  )
}

function checkSchema(schema: Schema, includeTimestamp: boolean): void {
  const good = schema.fields.every(f => (f.name === 'value' ? f.type.kind === 'string' : f.name === 'timestamp' && includeTimestamp && f.type.kind === 'timestamp'))
  if (good) return
  throw makeError('PLAN_INVALID_OPTION', `Source "socket" has the column "value" (string), with includeTimestamp also "timestamp" (timestamp). Correct its schema.`, {
    context: { columns: schema.fields.map(f => f.name), includeTimestamp },
  })
}

export const socketSourceProvider: SourceProvider = Object.freeze({
  name: 'socket',
  async open(given, schema, environment) {
    const options = resolveOptions(socketSourceOptions, given, 'source "socket"')
    checkSchema(schema, options.includeTimestamp)
    if (environment.directory === undefined) {
      throw makeError('PLAN_INVALID_OPTION', `Source "socket" (${options.host}:${options.port}) has no end and cannot be read as a batch. Use readStream().`, { context: { host: options.host, port: options.port } })
    }
    return new SocketSource(options, schema, environment.ports, await IngestLog.open(environment.ports.files, environment.directory))
  },
  reader: async () => dataReader,
} satisfies SourceProvider)
