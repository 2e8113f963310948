import type { VectorBuilder } from '../columnar/builder.ts'
import { maxBatchRows, RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'

/** A batch is handed on when it was made from this many bytes of text, however few rows they are. */
export const maxBatchInputBytes = 4 * 1024 * 1024
/** Values of a batch, so that nulls of a very wide schema alone cannot fill the memory. */
const maxBatchCells = 8 * 1024 * 1024

/** How many rows a batch with so many columns may have. */
export function rowsOfBatch(columns: number): number {
  return Math.max(1, Math.min(maxBatchRows, Math.floor(maxBatchCells / Math.max(1, columns))))
}

/** Cuts the rows that a decoder appends to its column builders into batches. */
export class RowBatches {
  readonly columns: readonly VectorBuilder[]
  /** Complete rows in the builders. */
  rows = 0
  readonly #schema: Schema
  readonly #maxRows: number
  #inputBytes = 0
  #ready: RecordBatch[] = []

  constructor(schema: Schema, columns: readonly VectorBuilder[]) {
    this.#schema = schema
    this.columns = columns
    this.#maxRows = rowsOfBatch(columns.length)
  }

  /** The builders have one more row, made from so many bytes. */
  add(inputBytes: number): void {
    this.rows++
    this.#inputBytes += inputBytes
    if (this.rows === this.#maxRows || this.#inputBytes >= maxBatchInputBytes) this.cut()
  }

  /** Takes back what was appended since the last complete row. */
  undo(): void {
    for (const column of this.columns) column.truncate(this.rows)
  }

  /** Makes a batch of the rows at hand, if there are any. */
  cut(): void {
    if (this.rows === 0) return
    this.#ready.push(new RecordBatch(this.#schema, this.rows, this.columns.map(column => column.finish())))
    this.rows = 0
    this.#inputBytes = 0
  }

  /** The batches made since the last call. */
  take(): readonly RecordBatch[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }
}
