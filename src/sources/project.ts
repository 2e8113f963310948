import { RecordBatch } from '../columnar/record-batch.ts'
import { fieldIndex, type Schema } from '../columnar/schema.ts'
import { assert } from '../common/assert.ts'

/** The batch with exactly the columns of `schema`, in its order. Nothing is copied. */
export function projectTo(batch: RecordBatch, schema: Schema): RecordBatch {
  const have = batch.schema.fields
  if (have.length === schema.fields.length && schema.fields.every((f, k) => f.name === have[k].name)) return batch
  const columns = schema.fields.map(f => {
    const index = fieldIndex(batch.schema, f.name)
    assert(index >= 0, 'A reader is asked for columns of its source only.', { column: f.name })
    return batch.columns[index]
  })
  return new RecordBatch(schema, batch.numRows, columns)
}
