import { RecordDamage } from './damage.ts'
import type { RecordBlock } from './record-block.ts'
import { readVarint, readVarlong, varintEnd } from './varint.ts'

/** Where the walk through the records of one batch is. */
export interface BatchCursor {
  readonly bytes: Uint8Array
  /** Next record, and end of the records of the batch. */
  at: number
  readonly end: number
  /** Records from `at` on. */
  left: number
  readonly baseOffset: number
  /** Offset delta of the record before; the next must be larger. */
  previousDelta: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  /** The timestamp of every record, where the broker set it. */
  readonly appendTime: number | undefined
}

/**
 * Appends records of the batch whose offsets are within [from, to) to the block, until the batch ends, the block is full or
 * `to` is reached. `cursor.left` says what remains: 0 when nothing of the batch can come any more.
 * @throws RecordDamage when lengths do not fit into each other
 */
export function walkRecords(cursor: BatchCursor, from: number, to: number, block: RecordBlock): void {
  const { bytes, end, baseOffset, lastOffsetDelta, baseTimestamp, appendTime } = cursor
  const { offsets, timestamps, timestampTypes, keyStart, keyEnd, valueStart, valueEnd, headerCount, headerStart, capacity } = block
  const type = appendTime === undefined ? 0 : 1
  let { at, left, previousDelta } = cursor
  let row = block.count
  for (; left > 0 && row < capacity; left--) {
    const length = readVarint(bytes, at)
    let p = varintEnd
    const recordEnd = p + length
    if (length < 0 || recordEnd > end) throw new RecordDamage(`a record of ${length} bytes does not fit into its batch`)
    const timestampDelta = readVarlong(bytes, p + 1)
    const offsetDelta = readVarint(bytes, varintEnd)
    if (offsetDelta <= previousDelta || offsetDelta > lastOffsetDelta) {
      throw new RecordDamage(`offset delta ${offsetDelta} follows ${previousDelta} in a batch that ends at ${lastOffsetDelta}`)
    }
    previousDelta = offsetDelta
    const keyLength = readVarint(bytes, varintEnd)
    p = varintEnd
    if (keyLength >= 0) {
      keyStart[row] = p
      p += keyLength
      if (p > recordEnd) throw new RecordDamage(`a key of ${keyLength} bytes does not fit into its record`)
      keyEnd[row] = p
    } else keyStart[row] = keyEnd[row] = -1
    const valueLength = readVarint(bytes, p)
    p = varintEnd
    if (valueLength >= 0) {
      valueStart[row] = p
      p += valueLength
      if (p > recordEnd) throw new RecordDamage(`a value of ${valueLength} bytes does not fit into its record`)
      valueEnd[row] = p
    } else valueStart[row] = valueEnd[row] = -1
    const headers = readVarint(bytes, p)
    p = varintEnd
    headerCount[row] = headers
    headerStart[row] = p
    if (headers !== 0) p = skipHeaders(bytes, p, recordEnd, headers)
    if (p !== recordEnd) throw new RecordDamage(`a record of ${length} bytes holds ${p - recordEnd + length}`)
    at = recordEnd

    const offset = baseOffset + offsetDelta
    if (offset >= to) {
      left = 0
      break
    }
    if (offset < from) continue
    offsets[row] = offset
    timestamps[row] = appendTime === undefined ? baseTimestamp + timestampDelta : appendTime
    timestampTypes[row] = type
    row++
  }
  if (left === 0 && at !== end && previousDelta + baseOffset < to) throw new RecordDamage(`${end - at} bytes follow the last record of the batch`)
  cursor.at = at
  cursor.left = left
  cursor.previousDelta = previousDelta
  block.count = row
}

function skipHeaders(bytes: Uint8Array, start: number, end: number, headers: number): number {
  if (headers < 0) throw new RecordDamage(`a record has ${headers} headers`)
  let at = start
  for (let i = 0; i < headers; i++) {
    const nameLength = readVarint(bytes, at)
    if (nameLength < 0 || varintEnd + nameLength > end) throw new RecordDamage(`the name of a header, ${nameLength} bytes, does not fit into its record`)
    const valueLength = readVarint(bytes, varintEnd + nameLength)
    at = varintEnd + Math.max(0, valueLength)
    if (at > end) throw new RecordDamage(`the value of a header, ${valueLength} bytes, does not fit into its record`)
  }
  return at
}
