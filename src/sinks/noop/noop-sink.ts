import { optionTable, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { DriverSink } from '../driver-sink.ts'
import { RowsDigest } from '../rows-digest.ts'
import type { SinkPart, SinkProvider, SinkWriter, WriterEnvironment } from '../sink.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'

export const noopSinkOptions = optionTable({})

/** Drops all rows, after digesting them: for measuring what comes before a sink. */
class NoopSink extends DriverSink {
  readonly description = 'noop'
  async deliver(): Promise<void> {}
}

class DigestWriter implements SinkWriter {
  readonly #digest: RowsDigest
  readonly #partition: number

  constructor(schema: Schema, environment: WriterEnvironment) {
    this.#digest = new RowsDigest(schema)
    this.#partition = environment.partition
  }

  async write(batch: RecordBatch): Promise<void> {
    this.#digest.update(batch)
  }

  async finish(): Promise<SinkPart> {
    const { rows, bytes } = this.#digest
    return { partition: this.#partition, handle: null, rows, bytes, digest: this.#digest.finish(), batches: [] }
  }

  async abort(): Promise<void> {}
}

export const noopSinkProvider: SinkProvider = Object.freeze({
  name: 'noop',
  modes: outputModes,
  kind: 'sink',
  async open(options) {
    resolveOptions(noopSinkOptions, options, 'sink "noop"')
    return new NoopSink()
  },
  writer: async (_options, schema, environment) => new DigestWriter(schema, environment),
} satisfies SinkProvider)
