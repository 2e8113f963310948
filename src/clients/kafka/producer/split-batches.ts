import { assert } from '../../../common/assert.ts'
import type { ProduceBatch } from '../port.ts'
import { batchLength } from '../records/batch-header.ts'

/** A request may hold one record batch of a partition: the single ones, in order, as views. */
export function splitBatches({ topic, partition, records }: ProduceBatch): readonly ProduceBatch[] {
  const single: ProduceBatch[] = []
  for (let at = 0; at < records.length; ) {
    const length = batchLength(records, at)
    assert(length !== undefined && length > 0, 'Bytes to be produced are not whole record batches.', { topic, partition, at, bytes: records.length })
    single.push({ topic, partition, records: records.subarray(at, at + length) })
    at += length
  }
  return single
}
