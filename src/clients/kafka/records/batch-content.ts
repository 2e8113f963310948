import { assert } from '../../../common/assert.ts'
import { messageOf } from '../../../common/errors.ts'
import { allowedBytes, type CodecName, codecNames, type DecompressionLimits, ExceedsLimit } from '../compression/codec.ts'
import type { Decompressors } from '../compression/compressors.ts'
import type { FetchedPartition } from '../port.ts'
import type { BatchHeader } from './batch-header.ts'
import { batchLayout } from './batch-layout.ts'
import { batchTooLarge, corruptRecords, unsupportedRecords } from './errors.ts'

/** Where the plain records of a batch are. */
export interface BatchContent {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** Small batches are put together in pieces of this size, so that a block is more than the few records of one. */
const sharedBytes = 256 * 1024
const smallBytes = 64 * 1024

/**
 * The records of one answer's batches: where they lie in the answer, or decompressed. Producers that do not wait send
 * batches of a few records, and whoever decodes a block pays for each; so small ones are copied one behind the other.
 */
export class BatchContents {
  readonly #fetched: FetchedPartition
  readonly #decompressors: Decompressors
  readonly #limits: DecompressionLimits
  #shared = new Uint8Array(0)
  #sharedEnd = 0

  constructor(fetched: FetchedPartition, decompressors: Decompressors, limits: DecompressionLimits) {
    this.#fetched = fetched
    this.#decompressors = decompressors
    this.#limits = limits
  }

  /** @throws QueryError KAFKA_CORRUPT_RECORDS, KAFKA_UNSUPPORTED_RECORDS, KAFKA_BATCH_TOO_LARGE */
  of(batch: BatchHeader): BatchContent {
    const { records } = this.#fetched
    const start = batch.start + batchLayout.records
    if (batch.codec === 0) return { bytes: records, start, end: batch.end }
    const name = codecNames[batch.codec]
    if (name === undefined) throw unsupportedRecords(this.#fetched, batch.baseOffset, `is compressed with codec ${batch.codec}, which is not known`)
    const bytes = batch.recordCount === 0 ? new Uint8Array(0) : this.#decompress(name, batch, records.subarray(start, batch.end))
    const another = this.#sharedEnd > 0 || batch.end < records.length
    return bytes.length <= smallBytes && another ? this.#share(bytes) : { bytes, start: 0, end: bytes.length }
  }

  #decompress(name: CodecName, batch: BatchHeader, compressed: Uint8Array): Uint8Array {
    const decompress = this.#decompressors.get(name)
    assert(decompress !== undefined, 'A record batch is compressed with a codec that was not made ready.', { codec: name })
    const allowed = allowedBytes(compressed.length, this.#limits)
    let bytes: Uint8Array
    try {
      bytes = decompress(compressed, allowed)
    } catch (error) {
      if (error instanceof ExceedsLimit) throw batchTooLarge(this.#fetched, batch.baseOffset, compressed.length, allowed, error)
      throw corruptRecords(this.#fetched, batch.baseOffset, `its ${name} data cannot be decompressed: ${messageOf(error)}`, error)
    }
    if (bytes.length > allowed) throw batchTooLarge(this.#fetched, batch.baseOffset, compressed.length, allowed)
    return bytes
  }

  /** Never writes over bytes that were handed out. */
  #share(bytes: Uint8Array): BatchContent {
    if (this.#sharedEnd + bytes.length > this.#shared.length) {
      this.#shared = new Uint8Array(sharedBytes)
      this.#sharedEnd = 0
    }
    const start = this.#sharedEnd
    this.#shared.set(bytes, start)
    this.#sharedEnd = start + bytes.length
    return { bytes: this.#shared, start, end: this.#sharedEnd }
  }
}
