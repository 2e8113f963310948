import { batchLayout, codecMask, controlBit, lengthPrefix, logAppendTimeBit, transactionalBit } from './batch-layout.ts'
import { getInt16, getInt32, getInt64 } from './big-endian.ts'

/** What stands before the records of a batch. Offsets and times as float64. */
export interface BatchHeader {
  /** Where the batch begins and ends in the bytes it was read from. */
  readonly start: number
  readonly end: number
  readonly magic: number
  readonly crc: number
  readonly baseOffset: number
  readonly lastOffsetDelta: number
  /** Number of the codec, 0 to 7; see codec.ts for those that exist. */
  readonly codec: number
  readonly logAppendTime: boolean
  readonly transactional: boolean
  readonly control: boolean
  /**
   * What timestamp deltas are added to. Compaction may put the time there at which tombstones go, and counts the deltas
   * from it then, so that nothing needs to be known of that here.
   */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/**
 * Bytes of the batch at `start` by its length field, or undefined when fewer are left. It can be less than a header has, or
 * negative, when the bytes are damaged.
 */
export function batchLength(bytes: Uint8Array, start: number): number | undefined {
  if (start + lengthPrefix > bytes.length) return undefined
  const length = lengthPrefix + getInt32(bytes, start + batchLayout.length)
  return length >= lengthPrefix && start + length > bytes.length ? undefined : length
}

/** `length` is that of the whole batch, at least `batchLayout.records`. */
export function readBatchHeader(bytes: Uint8Array, start: number, length: number): BatchHeader {
  const attributes = getInt16(bytes, start + batchLayout.attributes)
  return {
    start,
    end: start + length,
    magic: bytes[start + batchLayout.magic],
    crc: getInt32(bytes, start + batchLayout.crc) >>> 0,
    baseOffset: getInt64(bytes, start),
    lastOffsetDelta: getInt32(bytes, start + batchLayout.lastOffsetDelta),
    codec: attributes & codecMask,
    logAppendTime: (attributes & logAppendTimeBit) !== 0,
    transactional: (attributes & transactionalBit) !== 0,
    control: (attributes & controlBit) !== 0,
    baseTimestamp: getInt64(bytes, start + batchLayout.baseTimestamp),
    maxTimestamp: getInt64(bytes, start + batchLayout.maxTimestamp),
    producerId: getInt64(bytes, start + batchLayout.producerId),
    producerEpoch: getInt16(bytes, start + batchLayout.producerEpoch),
    baseSequence: getInt32(bytes, start + batchLayout.baseSequence),
    recordCount: getInt32(bytes, start + batchLayout.recordCount),
  }
}
