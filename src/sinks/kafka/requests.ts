import { assert } from '../../common/assert.ts'
import type { ProduceBatch } from '../../clients/kafka/port.ts'
import { batchLength } from '../../clients/kafka/records/batch-header.ts'
import type { SinkPart } from '../sink.ts'
import { encodedRecords } from './encoded-rows.ts'

/**
 * The encoded records of the parts, in their order, as requests of at most `maxBytes`; a single record batch that is
 * larger is a request of its own. Nothing is copied.
 */
export function* requestsOf(parts: readonly SinkPart[], maxBytes: number): Generator<readonly ProduceBatch[]> {
  let request: ProduceBatch[] = []
  let bytes = 0
  for (const part of parts) {
    for (const batch of part.batches) {
      for (const { topic, partition, records } of encodedRecords(batch)) {
        let start = 0
        for (let end = 0; end < records.length; ) {
          const length = batchLength(records, end)
          assert(length !== undefined && length > 0, 'A part of the Kafka sink holds whole record batches.', { topic, partition, at: end, bytes: records.length })
          if (bytes > 0 && bytes + length > maxBytes) {
            if (end > start) request.push({ topic, partition, records: records.subarray(start, end) })
            yield request
            request = []
            bytes = 0
            start = end
          }
          bytes += length
          end += length
        }
        if (start < records.length) request.push({ topic, partition, records: records.subarray(start) })
      }
    }
  }
  if (request.length > 0) yield request
}

/**
 * The requests with one more batch in the last of them: a request of its own would cost a small transaction two more round
 * trips of five. Not in the first, so that the partition of that batch, which others read too, is held up as shortly as can be.
 */
export function* endingWith(last: ProduceBatch, requests: Iterable<readonly ProduceBatch[]>): Generator<readonly ProduceBatch[]> {
  let held: readonly ProduceBatch[] = []
  for (const request of requests) {
    if (held.length > 0) yield held
    held = request
  }
  yield [...held, last]
}
