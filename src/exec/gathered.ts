import { concatBatches } from '../columnar/concat.ts'
import { maxBatchRows, type RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'

/** From here on a batch is worth the calls that it costs. */
const enoughRows = 4096

/**
 * Small batches put together. An aggregation gives a batch for each window, of which there may be thousands with a few
 * rows each; operators and sinks have a cost per batch. Where batches begin and end cannot be seen in the result.
 */
export function* gathered(schema: Schema, batches: Iterable<RecordBatch>): Iterable<RecordBatch> {
  let waiting: RecordBatch[] = []
  let rows = 0
  const together = (): RecordBatch => {
    const batch = concatBatches(schema, waiting)
    waiting = []
    rows = 0
    return batch
  }
  for (const batch of batches) {
    if (rows > 0 && rows + batch.numRows > maxBatchRows) yield together()
    waiting.push(batch)
    rows += batch.numRows
    if (rows >= enoughRows) yield together()
  }
  if (rows > 0) yield together()
}
