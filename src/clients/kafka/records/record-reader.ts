import { type DecompressionLimits, defaultDecompressionLimits } from '../compression/codec.ts'
import { type Decompressors, loadDecompressors } from '../compression/compressors.ts'
import type { ImportPackage } from '../compression/import-package.ts'
import type { FetchedPartition, FetchOptions } from '../port.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import { BatchContents } from './batch-content.ts'
import type { BatchHeader } from './batch-header.ts'
import { batchLayout } from './batch-layout.ts'
import { batchAt, checkBatch, codecsOf } from './batches.ts'
import { abortMarker, controlType } from './control-record.ts'
import { RecordDamage } from './damage.ts'
import { corruptRecords } from './errors.ts'
import { RecordBlock } from './record-block.ts'
import { type BatchCursor, walkRecords } from './walk-records.ts'

export interface RecordRange {
  /** First offset that is wanted, and the one after the last. */
  readonly from: bigint
  readonly to: bigint
  /** With `read_committed`, records of aborted transactions do not come. */
  readonly isolation: FetchOptions['isolation']
  readonly limits?: DecompressionLimits
  /** Is filled by every call of `next()`. Hand one in to use it for many answers: it takes 41 bytes a record of its capacity. */
  readonly block?: RecordBlock
}

/** Records of a block, at most. */
export const blockCapacity = 65_536

/**
 * Makes ready what reads this answer: optional packages are loaded here, so that reading itself never waits.
 *
 * @example
 * const reader = await openRecords(fetched, { from, to, isolation: 'read_committed', block })
 * for (let block = reader.next(); block !== undefined; block = reader.next()) use(block)
 * next = reader.position
 *
 * @throws AnalysisError KAFKA_PACKAGE_MISSING
 */
export async function openRecords(fetched: FetchedPartition, range: RecordRange, load?: ImportPackage): Promise<RecordReader> {
  return new RecordReader(fetched, range, await loadDecompressors(codecsOf(fetched.records), load))
}

/** The records of one fetch answer within a range of offsets, block by block. */
export class RecordReader {
  readonly #fetched: FetchedPartition
  readonly #contents: BatchContents
  readonly #aborted: AbortedTransactions | undefined
  readonly #from: number
  readonly #to: number
  readonly #block: RecordBlock
  #position: number
  /** Where the batch after the current one begins in the answer. */
  #at = 0
  /** No batch may begin before this offset: logs are in order. */
  #floor = 0
  #cursor: BatchCursor | undefined

  constructor(fetched: FetchedPartition, range: RecordRange, decompressors: Decompressors) {
    this.#fetched = fetched
    this.#contents = new BatchContents(fetched, decompressors, range.limits ?? defaultDecompressionLimits)
    this.#aborted = range.isolation === 'read_committed' ? new AbortedTransactions(fetched.aborted) : undefined
    this.#from = Number(range.from)
    this.#to = Number(range.to)
    this.#block = range.block ?? new RecordBlock(blockCapacity)
    this.#position = this.#from
  }

  /**
   * Where to go on after the blocks that came so far. It moves over control records, aborted records and gaps of compaction
   * too, never over a batch that came only in part: a range is complete when this reaches its end, whatever came.
   */
  get position(): bigint {
    return BigInt(this.#position)
  }

  /**
   * The next records, or undefined when the answer or the range has no more. Records of several batches come together
   * where their bytes lie in one piece.
   *
   * @throws QueryError KAFKA_CORRUPT_RECORDS, KAFKA_UNSUPPORTED_RECORDS, KAFKA_BATCH_TOO_LARGE
   */
  next(): RecordBlock | undefined {
    const block = this.#block
    block.count = 0
    while (block.count < block.capacity) {
      this.#cursor ??= this.#open()
      const cursor = this.#cursor
      if (cursor === undefined || (block.count > 0 && cursor.bytes !== block.bytes)) break
      block.bytes = cursor.bytes
      this.#walk(cursor, block)
    }
    return block.count > 0 ? block : undefined
  }

  #walk(cursor: BatchCursor, block: RecordBlock): void {
    try {
      walkRecords(cursor, this.#from, this.#to, block)
    } catch (error) {
      throw this.#placed(error, cursor.baseOffset)
    }
    if (cursor.left > 0) {
      this.#moveTo(cursor.baseOffset + cursor.previousDelta + 1)
      return
    }
    this.#cursor = undefined
    this.#moveTo(cursor.baseOffset + cursor.lastOffsetDelta + 1)
  }

  /** The next batch with records that count, ready to be walked; undefined at the end of the answer or of the range. */
  #open(): BatchCursor | undefined {
    while (this.#position < this.#to) {
      const batch = batchAt(this.#fetched, this.#at)
      if (batch === undefined) return undefined
      this.#at = batch.end
      const { baseOffset } = batch
      const last = baseOffset + batch.lastOffsetDelta
      if (baseOffset < this.#floor) throw corruptRecords(this.#fetched, baseOffset, `it follows a batch that ends before offset ${this.#floor}`)
      // The header is believed from here on, so that damage there is found before it moves the position.
      checkBatch(this.#fetched, batch)
      this.#floor = last + 1
      if (baseOffset >= this.#to) this.#moveTo(this.#to)
      else if (this.#counts(batch, last) && last >= this.#from) return this.#cursorOf(batch)
      else this.#moveTo(last + 1)
    }
    return undefined
  }

  #counts(batch: BatchHeader, last: number): boolean {
    if (batch.control) {
      if (this.#isAbortMarker(batch)) this.#aborted?.abortMarker(batch.producerId, last)
      return false
    }
    return !batch.transactional || this.#aborted === undefined || !this.#aborted.covers(batch.producerId, last)
  }

  #isAbortMarker(batch: BatchHeader): boolean {
    if (batch.recordCount === 0 || batch.codec !== 0) return false
    try {
      return controlType(this.#fetched.records, batch.start + batchLayout.records, batch.end) === abortMarker
    } catch (error) {
      throw this.#placed(error, batch.baseOffset)
    }
  }

  #cursorOf(batch: BatchHeader): BatchCursor {
    const { bytes, start, end } = this.#contents.of(batch)
    return {
      bytes,
      at: start,
      end,
      left: batch.recordCount,
      baseOffset: batch.baseOffset,
      previousDelta: -1,
      lastOffsetDelta: batch.lastOffsetDelta,
      baseTimestamp: batch.baseTimestamp,
      appendTime: batch.logAppendTime ? batch.maxTimestamp : undefined,
    }
  }

  #placed(error: unknown, offset: number): unknown {
    return error instanceof RecordDamage ? corruptRecords(this.#fetched, offset, error.message) : error
  }

  #moveTo(offset: number): void {
    this.#position = Math.min(this.#to, Math.max(this.#position, offset))
  }
}
