import { crc32c } from '../../../common/crc32c.ts'
import { type CodecName, codecNames } from '../compression/codec.ts'
import type { FetchedPartition } from '../port.ts'
import { type BatchHeader, batchLength, readBatchHeader } from './batch-header.ts'
import { batchLayout, codecMask, maxExactOffset } from './batch-layout.ts'
import { getInt64 } from './big-endian.ts'
import { corruptRecords, unsupportedRecords } from './errors.ts'

/**
 * The batch at `start`, or undefined when only its beginning is there, which is how a fetch answer usually ends. The
 * checksum is not looked at; see `checkBatch`.
 *
 * @throws QueryError KAFKA_CORRUPT_RECORDS; KAFKA_UNSUPPORTED_RECORDS for the formats before Kafka 0.11
 */
export function batchAt(fetched: FetchedPartition, start: number): BatchHeader | undefined {
  const { records } = fetched
  const length = batchLength(records, start)
  if (length === undefined) {
    // A broker sends the first batch whole, whatever its size: asking again would give the same for ever.
    if (start === 0 && records.length > 0) throw corruptRecords(fetched, records.length < 8 ? 0 : getInt64(records, 0), `its length is more than the ${records.length} bytes of the answer`)
    return undefined
  }
  const offset = getInt64(records, start)
  const magic = records[start + batchLayout.magic]
  if (length >= batchLayout.magic + 1 && (magic === 0 || magic === 1)) {
    throw unsupportedRecords(fetched, offset, `is of message format ${magic}, which was written before Kafka 0.11 and is not read`)
  }
  if (length < batchLayout.records) throw corruptRecords(fetched, offset, `its length is ${length} bytes, less than that of a batch without records`)
  if (magic !== 2) throw unsupportedRecords(fetched, offset, `is of message format ${magic}, which is not known`)
  return readBatchHeader(records, start, length)
}

/** @throws QueryError KAFKA_CORRUPT_RECORDS when the checksum or the numbers of the header are wrong */
export function checkBatch(fetched: FetchedPartition, batch: BatchHeader): void {
  const actual = crc32c(fetched.records, batch.start + batchLayout.attributes, batch.end)
  const { baseOffset, lastOffsetDelta, recordCount } = batch
  if (actual !== batch.crc) throw corruptRecords(fetched, baseOffset, `its checksum is ${hex(actual)}, it should be ${hex(batch.crc)}`)
  if (!(baseOffset >= 0 && lastOffsetDelta >= 0 && baseOffset + lastOffsetDelta < maxExactOffset)) {
    throw corruptRecords(fetched, baseOffset, `it claims to reach offset ${baseOffset + lastOffsetDelta}`)
  }
  if (recordCount < 0) throw corruptRecords(fetched, baseOffset, `it claims to have ${recordCount} records`)
}

/**
 * The codecs of a fetch answer, so that what reads them can be made ready before.
 * Only looks: what is wrong with the bytes is said by who reads them.
 */
export function codecsOf(records: Uint8Array): ReadonlySet<CodecName> {
  const codecs = new Set<CodecName>()
  for (let at = 0; ; ) {
    const length = batchLength(records, at)
    if (length === undefined || length < batchLayout.records) return codecs
    const name = codecNames[records[at + batchLayout.attributes + 1] & codecMask]
    if (name !== undefined) codecs.add(name)
    at += length
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
