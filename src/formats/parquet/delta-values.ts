import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { readVarInt } from 'hyparquet/src/thrift.js'
import type { DataReader } from 'hyparquet/src/types.js'
import type { DataPage } from './page-reader.ts'

/**
 * The delta encodings. The library unpacks the numbers of a page at once, after what their header claims was found
 * possible; text is put together here, because a prefix is a claim as well.
 */

/** Values as bytes and offsets. */
export interface TextValues {
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

const maxTextBytes = 256 * 1024 * 1024

export function deltaNumbers(page: DataPage, type: 'INT32' | 'INT64'): Int32Array | BigInt64Array {
  return unpack(readerOf(page), page.count, type)
}

/** All lengths, then all bytes. */
export function deltaLengthText(page: DataPage): TextValues {
  const reader = readerOf(page)
  const lengths = unpack(reader, page.count, 'INT32') as Int32Array
  const offsets = new Int32Array(lengths.length + 1)
  offsets[0] = reader.offset
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i] < 0 || lengths[i] > page.bytes.length - offsets[i]) throw new Error(`a value claims ${lengths[i]} bytes, but its page has ${page.bytes.length - offsets[i]} left`)
    offsets[i + 1] = offsets[i] + lengths[i]
  }
  return { bytes: page.bytes, offsets }
}

/** For each value how much of the one before it begins with, then what follows. */
export function deltaText(page: DataPage): TextValues {
  const reader = readerOf(page)
  const prefixes = unpack(reader, page.count, 'INT32') as Int32Array
  const suffixes = deltaLengthText({ ...page, start: reader.offset })
  const count = suffixes.offsets.length - 1
  if (prefixes.length < count) throw new Error('a page has fewer prefixes than values')
  const offsets = new Int32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const before = i === 0 ? 0 : offsets[i] - offsets[i - 1]
    if (prefixes[i] < 0 || prefixes[i] > before) throw new Error(`a value claims ${prefixes[i]} bytes of one that has ${before}`)
    const total = offsets[i] + prefixes[i] + suffixes.offsets[i + 1] - suffixes.offsets[i]
    if (total > maxTextBytes) throw new Error(`the text of a page is larger than ${maxTextBytes} bytes`)
    offsets[i + 1] = total
  }
  const bytes = new Uint8Array(offsets[count])
  for (let i = 0; i < count; i++) {
    if (prefixes[i] > 0) bytes.copyWithin(offsets[i], offsets[i - 1], offsets[i - 1] + prefixes[i])
    bytes.set(suffixes.bytes.subarray(suffixes.offsets[i], suffixes.offsets[i + 1]), offsets[i] + prefixes[i])
  }
  return { bytes, offsets }
}

function readerOf(page: DataPage): DataReader {
  return { view: new DataView(page.bytes.buffer, page.bytes.byteOffset, page.bytes.byteLength), offset: page.start }
}

/** A block of packed numbers; the reader stands behind it afterwards. */
function unpack(reader: DataReader, most: number, type: 'INT32' | 'INT64'): Int32Array | BigInt64Array {
  const claimed = deltaCount(reader)
  if (claimed > most) throw new Error(`a delta encoding holds ${claimed} values in a page of ${most}`)
  const values = type === 'INT32' ? new Int32Array(claimed) : new BigInt64Array(claimed)
  if (claimed > 0) deltaBinaryUnpack(reader, claimed, values)
  else skipEmpty(reader)
  return values
}

/** How many values a delta encoding holds: from its header, which is read ahead and checked against the page. */
function deltaCount(reader: DataReader): number {
  const start = reader.offset
  if (start >= reader.view.byteLength) return 0
  const blockSize = readVarInt(reader)
  const miniblocks = readVarInt(reader)
  const count = readVarInt(reader)
  const left = reader.view.byteLength - reader.offset
  reader.offset = start
  const possible = blockSize > 0 && blockSize <= 65_536 && miniblocks > 0 && miniblocks <= blockSize && blockSize % miniblocks === 0
  if (!possible || count < 0 || count > 1 + left * blockSize) throw new Error(`a delta encoding claims ${count} values in blocks of ${blockSize}`)
  return count
}

/** The header of no values: block size, miniblocks, count, first value. */
function skipEmpty(reader: DataReader): void {
  for (let i = 0; i < 4 && reader.offset < reader.view.byteLength; i++) readVarInt(reader)
}
