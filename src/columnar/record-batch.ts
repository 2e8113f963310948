import { assert } from '../common/assert.ts'
import { fieldIndex, makeSchema, type Schema } from './schema.ts'
import { nullVector, type Vector, vectorBytes } from './vector.ts'

/** Rows as columns: a schema and one vector per field, all of the same length. Immutable. */
export class RecordBatch {
  readonly schema: Schema
  readonly numRows: number
  readonly columns: readonly Vector[]

  constructor(schema: Schema, numRows: number, columns: readonly Vector[]) {
    assert(schema.fields.length === columns.length, 'A record batch needs one vector per field.', {
      fields: schema.fields.length,
      columns: columns.length,
    })
    for (let i = 0; i < columns.length; i++) {
      assert(columns[i].length === numRows, 'Vectors of a record batch have its number of rows.', {
        column: schema.fields[i].name,
        length: columns[i].length,
        numRows,
      })
    }
    this.schema = schema
    this.numRows = numRows
    this.columns = columns
  }

  column(name: string): Vector {
    const index = fieldIndex(this.schema, name)
    assert(index >= 0, `The record batch has no column "${name}".`, { columns: this.schema.fields.map(f => f.name) })
    return this.columns[index]
  }

  /** Some of the columns, in the given order; nothing is copied. */
  project(indices: readonly number[]): RecordBatch {
    return new RecordBatch(makeSchema(indices.map(i => this.schema.fields[i])), this.numRows, indices.map(i => this.columns[i]))
  }
}

export function emptyBatch(schema: Schema): RecordBatch {
  return new RecordBatch(schema, 0, schema.fields.map(f => nullVector(f.type, 0)))
}

export function batchBytes(batch: RecordBatch): number {
  let n = 0
  for (const column of batch.columns) n += vectorBytes(column)
  return n
}

/** Data moves in record batches of at most this many rows, never a whole partition at once. */
export const maxBatchRows = 65_536
