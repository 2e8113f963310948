import { type CodecName, codecNames, type Compress } from '../compression/codec.ts'
import { batchLayout, lengthPrefix } from './batch-layout.ts'
import { putInt16, putInt32, putInt64 } from './big-endian.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

export interface RecordEncoderOptions {
  /**
   * Bytes of a batch before it is compressed, its header included, as the broker counts them for `max.message.bytes`; a
   * record larger than that becomes a batch of its own. @default 1 MiB
   */
  readonly maxBatchBytes?: number
  /** From `loadCompressor`. A batch that would not get smaller stays as it is. @default none */
  readonly compression?: { readonly codec: CodecName; readonly compress: Compress }
}

/** Bytes of a header; a name may come more than once. */
export interface RecordHeader {
  readonly name: Uint8Array
  readonly value: Uint8Array | null
}

export const noHeaders: readonly RecordHeader[] = Object.freeze([])

const defaultMaxBatchBytes = 1024 * 1024

/**
 * Makes record batches of one partition out of byte ranges. What `finish` answers becomes valid by `stampBatches`, which
 * knows the producer.
 */
export class RecordEncoder {
  readonly #maxBatchBytes: number
  readonly #compression: RecordEncoderOptions['compression']
  #bytes: Uint8Array = new Uint8Array(0)
  /** End of what is written, and begin of the batch that is open. */
  #at = 0
  #batchStart = 0
  #batchRecords = 0
  #records = 0
  #baseTimestamp = 0
  #maxTimestamp = 0
  /** What the last round needed and some more, so that the next is not copied while it grows. */
  #capacity = 4096

  constructor(options: RecordEncoderOptions = {}) {
    this.#maxBatchBytes = options.maxBatchBytes ?? defaultMaxBatchBytes
    this.#compression = options.compression
  }

  /** Records since the last `finish`. */
  get records(): number {
    return this.#records
  }

  /** Bytes since the last `finish`, those of the open batch uncompressed. */
  get byteLength(): number {
    return this.#at
  }

  /**
   * Appends a record: key and value are bytes [start, end) of their arrays, or null where the start is -1.
   *
   * @param timestampMs a whole number of milliseconds since the epoch
   */
  append(
    timestampMs: number,
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    headers: readonly RecordHeader[] = noHeaders,
  ): void {
    const keyLength = keyStart < 0 ? -1 : keyEnd - keyStart
    const valueLength = valueStart < 0 ? -1 : valueEnd - valueStart
    let delta = timestampMs - this.#baseTimestamp
    let length = this.#recordLength(delta, keyLength, valueLength, headers)
    if (this.#batchRecords > 0 && this.#at - this.#batchStart + length + varintSize(length) > this.#maxBatchBytes) this.#closeBatch()
    if (this.#batchRecords === 0) {
      this.#baseTimestamp = this.#maxTimestamp = timestampMs
      delta = 0
      length = this.#recordLength(delta, keyLength, valueLength, headers)
      this.#at += batchLayout.records
    }
    if (this.#at + length + 5 > this.#bytes.length) this.#grow(length + 5)
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#at, length)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, delta)
    at = writeVarint(bytes, at, this.#batchRecords)
    at = writeVarint(bytes, at, keyLength)
    if (keyLength > 0) at = copy(key, keyStart, keyEnd, bytes, at)
    at = writeVarint(bytes, at, valueLength)
    if (valueLength > 0) at = copy(value, valueStart, valueEnd, bytes, at)
    at = writeVarint(bytes, at, headers.length)
    for (const header of headers) at = writeHeader(bytes, at, header)
    this.#at = at
    this.#batchRecords++
    this.#records++
    if (timestampMs > this.#maxTimestamp) this.#maxTimestamp = timestampMs
  }

  /** The batches of all records since the last call, which is empty without any. The bytes are the caller's from here on. */
  finish(): Uint8Array {
    if (this.#batchRecords > 0) this.#closeBatch()
    const batches = this.#bytes.subarray(0, this.#at)
    this.#capacity = Math.max(4096, Math.ceil(this.#at * 1.25))
    this.#bytes = new Uint8Array(0)
    this.#at = this.#batchStart = this.#records = 0
    return batches
  }

  #recordLength(timestampDelta: number, keyLength: number, valueLength: number, headers: readonly RecordHeader[]): number {
    let length = 1 + varlongSize(timestampDelta) + varintSize(this.#batchRecords)
    length += varintSize(keyLength) + Math.max(0, keyLength) + varintSize(valueLength) + Math.max(0, valueLength) + varintSize(headers.length)
    for (const { name, value } of headers) {
      length += varintSize(name.length) + name.length + (value === null ? 1 : varintSize(value.length) + value.length)
    }
    return length
  }

  #closeBatch(): void {
    const bytes = this.#bytes
    const start = this.#batchStart
    const codec = this.#compress(start + batchLayout.records)
    putInt64(bytes, start, 0)
    putInt32(bytes, start + batchLayout.length, this.#at - start - lengthPrefix)
    putInt32(bytes, start + batchLayout.leaderEpoch, -1)
    bytes[start + batchLayout.magic] = 2
    putInt32(bytes, start + batchLayout.crc, 0)
    putInt16(bytes, start + batchLayout.attributes, codec)
    putInt32(bytes, start + batchLayout.lastOffsetDelta, this.#batchRecords - 1)
    putInt64(bytes, start + batchLayout.baseTimestamp, this.#baseTimestamp)
    putInt64(bytes, start + batchLayout.maxTimestamp, this.#maxTimestamp)
    putInt64(bytes, start + batchLayout.producerId, -1)
    putInt16(bytes, start + batchLayout.producerEpoch, -1)
    putInt32(bytes, start + batchLayout.baseSequence, -1)
    putInt32(bytes, start + batchLayout.recordCount, this.#batchRecords)
    this.#batchStart = this.#at
    this.#batchRecords = 0
  }

  /** Puts the compressed records over the plain ones when they are fewer bytes. @returns the codec's number */
  #compress(start: number): number {
    if (this.#compression === undefined) return 0
    const { codec, compress } = this.#compression
    const compressed = compress(this.#bytes.subarray(start, this.#at))
    if (compressed.length >= this.#at - start) return 0
    this.#bytes.set(compressed, start)
    this.#at = start + compressed.length
    return codecNames.indexOf(codec)
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(this.#capacity, this.#bytes.length * 2, this.#at + needed))
    grown.set(this.#bytes.subarray(0, Math.min(this.#at, this.#bytes.length)))
    this.#bytes = grown
  }
}

function writeHeader(bytes: Uint8Array, start: number, { name, value }: RecordHeader): number {
  let at = writeVarint(bytes, start, name.length)
  at = copy(name, 0, name.length, bytes, at)
  at = writeVarint(bytes, at, value === null ? -1 : value.length)
  return value === null ? at : copy(value, 0, value.length, bytes, at)
}

/** A view for `set` costs more than some hundred bytes one by one. @returns the position after the copy */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  if (end - start > 128) {
    to.set(from.subarray(start, end), at)
    return at + end - start
  }
  for (let i = start; i < end; i++) to[at++] = from[i]
  return at
}
