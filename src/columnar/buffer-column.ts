import { assertNever } from '../common/assert.ts'
import { VectorBuilder } from './builder.ts'
import { binaryType, booleanType, type DataType, float64Type, int32Type, int64Type } from './data-type.ts'
import { isNullAt, type Vector } from './vector.ts'

/** What one slot of aggregate state holds. `bytes` is for text, lists and sketches: one value a group, never one a row. */
export type BufferKind = 'float64' | 'int32' | 'int64' | 'boolean' | 'bytes'

/** A growable column of aggregate state, one slot per group. Exactly one of the arrays is there, by kind. */
export class BufferColumn {
  readonly kind: BufferKind
  float64: Float64Array = noFloat64
  int32: Int32Array = noInt32
  int64: BigInt64Array = noInt64
  /** One byte a slot. */
  boolean: Uint8Array = noBytes
  bytes: (Uint8Array | null)[] = []

  constructor(kind: BufferKind, capacity: number) {
    this.kind = kind
    this.grow(capacity)
  }

  /** Makes room for `capacity` slots; new ones are zero, false or null. */
  grow(capacity: number): void {
    switch (this.kind) {
      case 'float64':
        this.float64 = enlarged(this.float64, new Float64Array(capacity))
        break
      case 'int32':
        this.int32 = enlarged(this.int32, new Int32Array(capacity))
        break
      case 'int64':
        this.int64 = enlarged(this.int64, new BigInt64Array(capacity))
        break
      case 'boolean':
        this.boolean = enlarged(this.boolean, new Uint8Array(capacity))
        break
      case 'bytes':
        while (this.bytes.length < capacity) this.bytes.push(null)
        break
      default:
        assertNever(this.kind, 'buffer kind')
    }
  }

  /** Back to "nothing": zero, false, null. */
  clear(slot: number): void {
    switch (this.kind) {
      case 'float64':
        this.float64[slot] = 0
        break
      case 'int32':
        this.int32[slot] = 0
        break
      case 'int64':
        this.int64[slot] = 0n
        break
      case 'boolean':
        this.boolean[slot] = 0
        break
      case 'bytes':
        this.bytes[slot] = null
        break
    }
  }

  copy(slot: number, from: BufferColumn, fromSlot: number): void {
    switch (this.kind) {
      case 'float64':
        this.float64[slot] = from.float64[fromSlot]
        break
      case 'int32':
        this.int32[slot] = from.int32[fromSlot]
        break
      case 'int64':
        this.int64[slot] = from.int64[fromSlot]
        break
      case 'boolean':
        this.boolean[slot] = from.boolean[fromSlot]
        break
      case 'bytes':
        this.bytes[slot] = from.bytes[fromSlot]
        break
    }
  }
}

const noFloat64 = new Float64Array(0)
const noInt32 = new Int32Array(0)
const noInt64 = new BigInt64Array(0)
const noBytes = new Uint8Array(0)

function enlarged<T extends { length: number; set(from: T): void }>(old: T, bigger: T): T {
  if (bigger.length <= old.length) return old
  bigger.set(old)
  return bigger
}

/** The vector type in which a buffer travels between threads and into segments. */
export function bufferType(kind: BufferKind): DataType {
  switch (kind) {
    case 'float64':
      return float64Type
    case 'int32':
      return int32Type
    case 'int64':
      return int64Type
    case 'boolean':
      return booleanType
    case 'bytes':
      return binaryType
    default:
      return assertNever(kind, 'buffer kind')
  }
}

/** The given slots as a vector. */
export function bufferToVector(buffer: BufferColumn, slots: Int32Array, length: number): Vector {
  const column = new VectorBuilder(bufferType(buffer.kind), Math.max(8, length))
  for (let i = 0; i < length; i++) {
    const slot = slots[i]
    switch (buffer.kind) {
      case 'float64':
        column.appendFloat64(buffer.float64[slot])
        break
      case 'int32':
        column.appendInt32(buffer.int32[slot])
        break
      case 'int64':
        column.appendInt64(buffer.int64[slot])
        break
      case 'boolean':
        column.appendBoolean(buffer.boolean[slot] === 1)
        break
      case 'bytes': {
        const bytes = buffer.bytes[slot]
        if (bytes === null) column.appendNull()
        else column.appendBytes(bytes, 0, bytes.length)
        break
      }
    }
  }
  return column.finish()
}

/** A vector made by {@link bufferToVector} as a buffer column again; slot i is row i. Bytes are copied out. */
export function vectorToBuffer(kind: BufferKind, v: Vector): BufferColumn {
  const buffer = new BufferColumn(kind, 0)
  switch (kind) {
    case 'float64':
      buffer.float64 = v.values as Float64Array
      break
    case 'int32':
      buffer.int32 = v.values as Int32Array
      break
    case 'int64':
      buffer.int64 = v.values as BigInt64Array
      break
    case 'boolean': {
      buffer.grow(v.length)
      const bits = v.values as Uint8Array
      for (let i = 0; i < v.length; i++) buffer.boolean[i] = (bits[i >> 3] >> (i & 7)) & 1
      break
    }
    case 'bytes': {
      const offsets = v.offsets as Int32Array
      for (let i = 0; i < v.length; i++) {
        buffer.bytes.push(isNullAt(v, i) ? null : (v.values as Uint8Array).slice(offsets[i], offsets[i + 1]))
      }
      break
    }
  }
  return buffer
}
