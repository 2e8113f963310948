import { bitmapBytes } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'

const maxBytes = 2 ** 31 - 1

/**
 * Collects the values of one leaf, without nulls, in the memory of its type. Text and binary are collected as codes
 * as long as all of them come from one dictionary, as bytes otherwise. Readers write into the arrays at `length` after
 * {@link reserve}.
 */
export class ValueSink {
  readonly type: DataType
  length = 0
  int32: Int32Array = noInt32
  int64: BigInt64Array = noInt64
  float64: Float64Array = noFloat64
  /** One byte a value. */
  boolean: Uint8Array = noBytes
  bytes: Uint8Array = noBytes
  byteLength = 0
  offsets: Int32Array = noInt32
  #dictionary: Vector | null = null

  constructor(type: DataType, capacity: number) {
    this.type = type
    this.reserve(capacity)
  }

  /** Makes room for `count` more values. */
  reserve(count: number): void {
    const needed = this.length + count
    switch (this.type.kind) {
      case 'boolean':
        if (needed > this.boolean.length) this.boolean = grow(this.boolean, new Uint8Array(larger(this.boolean.length, needed)))
        return
      case 'int32':
      case 'date':
      case 'null':
        if (needed > this.int32.length) this.int32 = grow(this.int32, new Int32Array(larger(this.int32.length, needed)))
        return
      case 'int64':
        if (needed > this.int64.length) this.int64 = grow(this.int64, new BigInt64Array(larger(this.int64.length, needed)))
        return
      case 'string':
      case 'binary':
        if (this.#dictionary !== null) {
          if (needed > this.int32.length) this.int32 = grow(this.int32, new Int32Array(larger(this.int32.length, needed)))
        } else if (needed >= this.offsets.length) {
          this.offsets = grow(this.offsets, new Int32Array(larger(this.offsets.length, needed + 1)))
        }
        return
      default:
        if (needed > this.float64.length) this.float64 = grow(this.float64, new Float64Array(larger(this.float64.length, needed)))
    }
  }

  /** Makes room for `count` more bytes of text. */
  reserveBytes(count: number): void {
    const needed = this.byteLength + count
    if (needed > maxBytes) throw new Error('the text of one batch is larger than 2 GiB')
    if (needed > this.bytes.length) this.bytes = grow(this.bytes, new Uint8Array(Math.min(maxBytes, larger(this.bytes.length, needed))))
  }

  /** One value of text, its room reserved. */
  putBytes(source: Uint8Array, start: number, end: number): void {
    const n = end - start
    if (n < 32) for (let k = 0, at = this.byteLength; k < n; k++) this.bytes[at + k] = source[start + k]
    else this.bytes.set(source.subarray(start, end), this.byteLength)
    this.byteLength += n
    this.offsets[++this.length] = this.byteLength
  }

  /** Codes for `count` more values of `dictionary`, to be written at `length`; null when bytes are wanted. */
  codesOf(dictionary: Vector, count: number): Int32Array | null {
    if (this.#dictionary === null && this.length === 0) {
      this.#dictionary = dictionary
    } else if (this.#dictionary !== dictionary) {
      this.wantBytes()
      return null
    }
    this.reserve(count)
    return this.int32
  }

  /** From here on values are bytes; codes collected so far are looked up. */
  wantBytes(): void {
    const dictionary = this.#dictionary
    if (dictionary === null) return
    const codes = this.int32
    const count = this.length
    this.#dictionary = null
    this.int32 = noInt32
    this.length = 0
    this.reserve(count)
    this.putCodes(dictionary, codes, count)
  }

  /** The bytes behind `count` codes. */
  putCodes(dictionary: Vector, codes: Int32Array, count: number): void {
    const offsets = dictionary.offsets as Int32Array
    const bytes = dictionary.values as Uint8Array
    let total = 0
    for (let i = 0; i < count; i++) total += offsets[codes[i] + 1] - offsets[codes[i]]
    this.reserve(count)
    this.reserveBytes(total)
    for (let i = 0; i < count; i++) this.putBytes(bytes, offsets[codes[i]], offsets[codes[i] + 1])
  }

  /** What was collected. The sink must not be used afterwards. */
  finish(): Vector {
    const { type, length } = this
    switch (type.kind) {
      case 'boolean': {
        const bits = new Uint8Array(bitmapBytes(length))
        for (let i = 0; i < length; i++) bits[i >> 3] |= this.boolean[i] << (i & 7)
        return new Vector(type, length, null, bits)
      }
      case 'null':
        return new Vector(type, length, null, null)
      case 'int32':
      case 'date':
        return new Vector(type, length, null, this.int32.subarray(0, length))
      case 'int64':
        return new Vector(type, length, null, this.int64.subarray(0, length))
      case 'string':
      case 'binary':
        if (this.#dictionary !== null && type.kind === 'string') return new Vector(type, length, null, this.int32.subarray(0, length), null, [], this.#dictionary)
        this.wantBytes()
        return new Vector(type, length, null, this.bytes.subarray(0, this.byteLength), this.offsets.subarray(0, length + 1))
      default:
        return new Vector(type, length, null, this.float64.subarray(0, length))
    }
  }
}

const noInt32 = new Int32Array(0)
const noInt64 = new BigInt64Array(0)
const noFloat64 = new Float64Array(0)
const noBytes = new Uint8Array(0)

function larger(have: number, needed: number): number {
  return have === 0 ? needed : Math.max(needed, have * 2)
}

function grow<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old)
  return bigger
}
