import { assert } from '../common/assert.ts'
import { bitmapBytes, clearBit, type Bitmap } from './bitmap.ts'
import type { DataType } from './data-type.ts'
import { nullVector, Vector } from './vector.ts'

const encoder = new TextEncoder()

/**
 * Grows one column. The typed append methods are for the hot path and are chosen once per column, not per value;
 * `append` takes a JavaScript value of the type and is for the edges. finish() hands the buffers over and starts anew.
 */
export class VectorBuilder {
  readonly type: DataType
  length = 0
  #capacity = 0
  #validity: Bitmap | null = null
  #bits: Uint8Array | null = null
  #int32: Int32Array | null = null
  #int64: BigInt64Array | null = null
  /** The same memory as #int64, low word first. */
  #int64Words: Int32Array | null = null
  #float64: Float64Array | null = null
  #bytes: Uint8Array | null = null
  #byteLength = 0
  /** Of the last vector. */
  #expectedRows = 64
  #expectedBytes = 0
  #offsets: Int32Array | null = null
  /** Builders of the element (array) or of the fields (struct). */
  readonly children: readonly VectorBuilder[]

  constructor(type: DataType, capacity = 64) {
    this.type = type
    this.children =
      type.kind === 'array' ? [new VectorBuilder(type.element, capacity)]
      : type.kind === 'struct' ? type.fields.map(f => new VectorBuilder(f.type, capacity))
      : []
    this.#reserve(capacity)
  }

  /** Bytes collected so far in a string or binary column. */
  get byteLength(): number {
    return this.#byteLength
  }

  appendNull(): void {
    const i = this.#next()
    if (this.#validity === null) {
      this.#validity = new Uint8Array(bitmapBytes(this.#capacity)).fill(255)
    }
    clearBit(this.#validity, i)
    if (this.#offsets !== null) this.#offsets[i + 1] = this.#offsetEnd()
    else if (this.#float64 !== null && this.type.kind !== 'vector') this.#float64[i] = 0
    if (this.type.kind === 'struct') for (const child of this.children) child.appendNull()
  }

  appendBoolean(value: boolean): void {
    const i = this.#next()
    if (value) (this.#bits as Uint8Array)[i >> 3] |= 1 << (i & 7)
  }

  /** int32 and date (days). */
  appendInt32(value: number): void {
    const i = this.#next()
    ;(this.#int32 as Int32Array)[i] = value
  }

  appendInt64(value: bigint): void {
    const i = this.#next()
    ;(this.#int64 as BigInt64Array)[i] = value
  }

  /** int64 from a whole number within ±(2^53 − 1), without a BigInt. */
  appendInt64Of(value: number): void {
    const i = this.#next()
    const words = this.#int64Words as Int32Array
    const high = Math.floor(value / 0x1_0000_0000)
    words[2 * i] = value - high * 0x1_0000_0000
    words[2 * i + 1] = high
  }

  /** float64, integer, timestamp (microseconds). */
  appendFloat64(value: number): void {
    const i = this.#next()
    ;(this.#float64 as Float64Array)[i] = value
  }

  /** string (valid UTF-8) and binary; the bytes are copied. */
  appendBytes(source: Uint8Array, start: number, end: number): void {
    const i = this.#next()
    const n = end - start
    this.#reserveBytes(n)
    const bytes = this.#bytes as Uint8Array
    // Short values are the rule: a loop beats the view and the call into the runtime below about 128 bytes.
    if (n < 128) for (let k = 0, at = this.#byteLength; k < n; k++) bytes[at + k] = source[start + k]
    else bytes.set(source.subarray(start, end), this.#byteLength)
    this.#byteLength += n
    ;(this.#offsets as Int32Array)[i + 1] = this.#byteLength
  }

  appendString(value: string): void {
    const i = this.#next()
    this.#reserveBytes(value.length * 3)
    this.#byteLength += encoder.encodeInto(value, (this.#bytes as Uint8Array).subarray(this.#byteLength)).written
    ;(this.#offsets as Int32Array)[i + 1] = this.#byteLength
  }

  /** Closes a list: its elements were appended to children[0] since the last one was closed. */
  appendList(): void {
    const i = this.#next()
    ;(this.#offsets as Int32Array)[i + 1] = this.children[0].length
  }

  /** Closes a struct: one value was appended to each child. */
  appendStruct(): void {
    this.#next()
  }

  appendVector(values: ArrayLike<number>): void {
    const size = this.#vectorSize()
    assert(values.length === size, 'A dense vector has the size of its type.', { expected: size, got: values.length })
    const i = this.#next()
    ;(this.#float64 as Float64Array).set(values, i * size)
  }

  /** A JavaScript value of the column's type, or null. Slow; for tests, memory sources and other edges. */
  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull()
      return
    }
    switch (this.type.kind) {
      case 'null':
        this.appendNull()
        return
      case 'boolean':
        this.appendBoolean(value as boolean)
        return
      case 'int32':
        this.appendInt32(value as number)
        return
      case 'int64':
        this.appendInt64(BigInt(value as bigint | number))
        return
      case 'integer':
      case 'float64':
        this.appendFloat64(Number(value))
        return
      case 'timestamp':
        this.appendFloat64(value instanceof Date ? value.getTime() * 1000 : (value as number))
        return
      case 'date':
        this.appendInt32(typeof value === 'string' ? Math.floor(Date.parse(`${value}T00:00:00Z`) / 86_400_000) : (value as number))
        return
      case 'string':
        this.appendString(value as string)
        return
      case 'binary': {
        const bytes = value as Uint8Array
        this.appendBytes(bytes, 0, bytes.length)
        return
      }
      case 'array':
        for (const item of value as readonly unknown[]) this.children[0].append(item)
        this.appendList()
        return
      case 'struct': {
        const object = value as { readonly [name: string]: unknown }
        this.type.fields.forEach((f, k) => this.children[k].append(object[f.name]))
        this.appendStruct()
        return
      }
      case 'vector':
        this.appendVector(value as ArrayLike<number>)
    }
  }

  /** Takes back everything from row `length` on (of a record that turned out to be bad). */
  truncate(length: number): void {
    assert(length <= this.length, 'A builder can only be cut shorter.', { length, current: this.length })
    for (let i = length; i < this.length; i++) {
      if (this.#validity !== null) this.#validity[i >> 3] |= 1 << (i & 7)
      if (this.#bits !== null) clearBit(this.#bits, i)
    }
    this.length = length
    if (this.type.kind === 'array') {
      // Without memory there is no list yet, but there may be elements of one that was not closed.
      this.children[0].truncate(this.#offsets === null ? 0 : this.#offsets[length])
    } else if (this.#offsets !== null) this.#byteLength = this.#offsets[length]
    if (this.type.kind === 'struct') for (const child of this.children) child.truncate(length)
  }

  finish(): Vector {
    const { type, length } = this
    if (type.kind === 'null') {
      this.length = 0
      return nullVector(type, length)
    }
    if (this.#capacity === 0) this.#reserve(1)
    const bytes = this.#bytes === null ? null : this.#bytes.subarray(0, this.#byteLength)
    const float64 = this.#float64 === null ? null : this.#float64.subarray(0, type.kind === 'vector' ? length * type.size : length)
    const values = this.#bits ?? this.#int32?.subarray(0, length) ?? this.#int64?.subarray(0, length) ?? float64 ?? bytes
    const children = this.children.map(child => child.finish())
    const vector = new Vector(type, length, this.#validity, values, this.#offsets?.subarray(0, length + 1) ?? null, children)
    // The next vector of the same column will be about as long; its memory is taken when there is a first value for it.
    this.#expectedRows = Math.max(64, length)
    this.#expectedBytes = this.#byteLength
    this.length = 0
    this.#byteLength = 0
    this.#validity = this.#bits = this.#int32 = this.#int64 = this.#float64 = this.#bytes = this.#offsets = null
    this.#capacity = 0
    return vector
  }

  #vectorSize(): number {
    return this.type.kind === 'vector' ? this.type.size : 1
  }

  #offsetEnd(): number {
    return this.type.kind === 'array' ? this.children[0].length : this.#byteLength
  }

  #next(): number {
    if (this.length === this.#capacity) this.#reserve(this.#capacity === 0 ? this.#expectedRows : this.#capacity * 2)
    return this.length++
  }

  #reserveBytes(more: number): void {
    const bytes = this.#bytes as Uint8Array
    const needed = this.#byteLength + more
    if (needed <= bytes.length) return
    const grown = new Uint8Array(Math.max(needed, bytes.length * 2))
    grown.set(bytes.subarray(0, this.#byteLength))
    this.#bytes = grown
  }

  #reserve(capacity: number): void {
    this.#capacity = capacity
    if (this.#validity !== null) {
      const old = this.#validity
      this.#validity = new Uint8Array(bitmapBytes(capacity)).fill(255)
      this.#validity.set(old)
    }
    switch (this.type.kind) {
      case 'boolean':
        this.#bits = grow(this.#bits, new Uint8Array(bitmapBytes(capacity)))
        break
      case 'int32':
      case 'date':
        this.#int32 = grow(this.#int32, new Int32Array(capacity))
        break
      case 'int64':
        this.#int64 = grow(this.#int64, new BigInt64Array(capacity))
        this.#int64Words = new Int32Array(this.#int64.buffer)
        break
      case 'integer':
      case 'float64':
      case 'timestamp':
      case 'vector':
        this.#float64 = grow(this.#float64, new Float64Array(capacity * this.#vectorSize()))
        break
      case 'string':
      case 'binary':
        this.#offsets = grow(this.#offsets, new Int32Array(capacity + 1))
        this.#bytes ??= new Uint8Array(Math.max(capacity * 8, this.#expectedBytes + (this.#expectedBytes >> 4)))
        break
      case 'array':
        this.#offsets = grow(this.#offsets, new Int32Array(capacity + 1))
        break
      case 'struct':
      case 'null':
        break
    }
  }
}

function grow<T extends { set(from: T): void; length: number }>(old: T | null, bigger: T): T {
  if (old !== null) bigger.set(old)
  return bigger
}

/** A vector of JavaScript values (see {@link VectorBuilder.append}). */
export function vectorOf(type: DataType, values: readonly unknown[]): Vector {
  const builder = new VectorBuilder(type, Math.max(8, values.length))
  for (const value of values) builder.append(value)
  return builder.finish()
}
