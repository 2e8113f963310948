import { VectorBuilder } from './builder.ts'
import { RecordBatch } from './record-batch.ts'
import type { Schema } from './schema.ts'

/** Grows a record batch column by column. */
export class BatchBuilder {
  readonly schema: Schema
  readonly columns: readonly VectorBuilder[]

  constructor(schema: Schema, capacity = 64) {
    this.schema = schema
    this.columns = schema.fields.map(f => new VectorBuilder(f.type, capacity))
    this.#rows = 0
  }

  #rows: number

  get numRows(): number {
    return this.columns.length === 0 ? this.#rows : this.columns[0].length
  }

  /** For the edges: an object with a JavaScript value per column; a missing one is null. */
  appendRow(row: { readonly [name: string]: unknown }): void {
    this.schema.fields.forEach((f, k) => this.columns[k].append(row[f.name]))
    this.#rows++
  }

  /** For the edges: values in the order of the schema. */
  appendValues(values: readonly unknown[]): void {
    this.columns.forEach((column, k) => column.append(values[k]))
    this.#rows++
  }

  /** Takes back every row from `numRows` on, and what was appended of a row that is not complete. */
  truncate(numRows: number): void {
    for (const column of this.columns) column.truncate(numRows)
    this.#rows = numRows
  }

  finish(): RecordBatch {
    const rows = this.numRows
    this.#rows = 0
    return new RecordBatch(this.schema, rows, this.columns.map(c => c.finish()))
  }
}

export function batchOfRows(schema: Schema, rows: readonly { readonly [name: string]: unknown }[]): RecordBatch {
  const builder = new BatchBuilder(schema, Math.max(8, rows.length))
  for (const row of rows) builder.appendRow(row)
  return builder.finish()
}
