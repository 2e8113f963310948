import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { RowsDigest } from './rows-digest.ts'
import type { SinkPart, SinkWriter, WriterEnvironment } from './sink.ts'

/** The writer of sinks that live in the driver: keeps the batches and digests their rows. */
export class CollectWriter implements SinkWriter {
  readonly #partition: number
  readonly #digest: RowsDigest
  #batches: RecordBatch[] = []

  constructor(schema: Schema, environment: WriterEnvironment) {
    this.#partition = environment.partition
    this.#digest = new RowsDigest(schema)
  }

  async write(batch: RecordBatch): Promise<void> {
    if (batch.numRows === 0) return
    this.#digest.update(batch)
    this.#batches.push(batch)
  }

  async finish(): Promise<SinkPart> {
    const { rows, bytes } = this.#digest
    const part: SinkPart = { partition: this.#partition, handle: null, rows, bytes, digest: this.#digest.finish(), batches: this.#batches }
    this.#batches = []
    return part
  }

  async abort(): Promise<void> {
    this.#batches = []
  }
}

/** All batches of the parts, in the order of partitions. */
export function batchesOfParts(parts: readonly SinkPart[]): RecordBatch[] {
  return [...parts].sort((a, b) => a.partition - b.partition).flatMap(part => part.batches)
}
