import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { sliceRows } from '../../columnar/take.ts'
import type { Console } from '../../common/console.ts'
import { option, optionTable, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { batchesOfParts } from '../collect-writer.ts'
import { RowsDigest } from '../rows-digest.ts'
import type { ObservedOutput, ObserverSink, SinkPart, SinkProvider, SinkWriter, WriterEnvironment } from '../sink.ts'
import { type ShowOptions, showRows } from './show-rows.ts'

export const consoleSinkOptions = optionTable({
  numRows: option.integer(20, 'At most this many rows of a batch are shown.', { min: 0, max: 100_000 }),
  truncate: option.integer(20, 'Longer values are cut to this many characters; 0 shows them whole.', { min: 0 }),
})

/** Shows each batch as a table, once it is committed. */
class ConsoleSink implements ObserverSink {
  readonly description = 'console'
  readonly #console: Console
  readonly #options: ShowOptions

  constructor(console: Console, options: ShowOptions) {
    this.#console = console
    this.#options = options
  }

  observe(output: ObservedOutput): void {
    const rule = '-'.repeat(43)
    const rows = output.parts.reduce((n, part) => n + part.rows, 0)
    const table = showRows(output.schema, batchesOfParts(output.parts), rows, this.#options)
    this.#console.write(`${rule}\nBatch: ${output.batchId}${output.isReplay ? ' (replay)' : ''}\n${rule}\n${table}\n`)
  }

  async close(): Promise<void> {}
}

/** Keeps no more rows of a partition than will be shown. */
class HeadWriter implements SinkWriter {
  readonly #digest: RowsDigest
  readonly #partition: number
  readonly #limit: number
  #batches: RecordBatch[] = []
  #kept = 0

  constructor(schema: Schema, environment: WriterEnvironment, limit: number) {
    this.#digest = new RowsDigest(schema)
    this.#partition = environment.partition
    this.#limit = limit
  }

  async write(batch: RecordBatch): Promise<void> {
    this.#digest.update(batch)
    const n = Math.min(batch.numRows, this.#limit - this.#kept)
    if (n <= 0) return
    this.#batches.push(sliceRows(batch, 0, n))
    this.#kept += n
  }

  async finish(): Promise<SinkPart> {
    const { rows, bytes } = this.#digest
    return { partition: this.#partition, handle: null, rows, bytes, digest: this.#digest.finish(), batches: this.#batches }
  }

  async abort(): Promise<void> {
    this.#batches = []
  }
}

const where = 'sink "console"'

export const consoleSinkProvider: SinkProvider = Object.freeze({
  name: 'console',
  modes: outputModes,
  kind: 'observer',
  open: async (given, environment) => new ConsoleSink(environment.ports.console, resolveOptions(consoleSinkOptions, given, where)),
  writer: async (given, schema, environment) => new HeadWriter(schema, environment, resolveOptions(consoleSinkOptions, given, where).numRows),
} satisfies SinkProvider)
