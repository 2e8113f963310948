import { assert } from '../../../common/assert.ts'
import { crc32c } from '../../../common/crc32c.ts'
import { batchLength } from './batch-header.ts'
import { batchLayout, transactionalBit } from './batch-layout.ts'
import { getInt32, putInt16, putInt32, putInt64 } from './big-endian.ts'

export interface BatchStamp {
  /** -1 without idempotence, and then the epoch and the sequence too. */
  readonly producerId: bigint
  readonly epoch: number
  /** Of the first record of the first batch. */
  readonly firstSequence: number
  readonly transactional: boolean
}

/**
 * Writes producer, sequence numbers and checksum into encoded batches, where they lie. Stamping again overwrites all of it.
 *
 * @returns the sequence number for the batches that follow in the partition
 */
export function stampBatches(batches: Uint8Array, stamp: BatchStamp): number {
  const producerId = Number(stamp.producerId)
  let sequence = stamp.firstSequence
  for (let at = 0; at < batches.length; ) {
    const length = batchLength(batches, at)
    assert(length !== undefined && length >= batchLayout.records, 'Bytes to be stamped are not whole record batches.', { at, length, bytes: batches.length })
    const low = batches[at + batchLayout.attributes + 1]
    batches[at + batchLayout.attributes + 1] = stamp.transactional ? low | transactionalBit : low & ~transactionalBit
    putInt64(batches, at + batchLayout.producerId, producerId)
    putInt16(batches, at + batchLayout.producerEpoch, stamp.epoch)
    putInt32(batches, at + batchLayout.baseSequence, sequence)
    putInt32(batches, at + batchLayout.crc, crc32c(batches, at + batchLayout.attributes, at + length))
    sequence = nextSequence(sequence, getInt32(batches, at + batchLayout.recordCount))
    at += length
  }
  return sequence
}

/** Sequence numbers begin again at 0 after 2^31 - 1. */
function nextSequence(sequence: number, records: number): number {
  return sequence < 0 ? sequence : (sequence + records) % 0x8000_0000
}
