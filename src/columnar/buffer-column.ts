import { assertNever } from '../common/assert.ts'
import { VectorBuilder } from './builder.ts'
import { binaryType, booleanType, type DataType, float64Type, int32Type, int64Type } from './data-type.ts'
import { isNullAt, type Vector } from './vector.ts'

/** What one slot of aggregate state holds. `bytes` is for text, lists and sketches: one value a group, never one a row. */
export type BufferKind = 'float64' | 'int32' | 'int64' | 'boolean' | 'bytes'

/**
 * A growable column of aggregate state, one slot per group. Exactly one of the arrays is there, by kind.
 *
 * The value of a `bytes` slot is the first `byteLengths[slot]` bytes of `arenas[slot]`, which may be longer: a list of
 * n values that grows by one per row is copied O(log n) times. Use {@link bytesAt} to read it, {@link setBytes} and
 * {@link appendBytes} to write it.
 */
export class BufferColumn {
  readonly kind: BufferKind
  float64: Float64Array = noFloat64
  int32: Int32Array = noInt32
  int64: BigInt64Array = noInt64
  /** One byte a slot, 0 or 1. */
  boolean: Uint8Array = noBytes
  /** Null where there is no value yet. */
  arenas: (Uint8Array | null)[] = []
  byteLengths: Int32Array = noInt32
  /**
   * What an aggregate derived from the bytes of a slot to work on them (a hash index over a set). Not state: it is
   * dropped when the slot is cleared or overwritten and made again from the bytes when it is missed.
   */
  readonly derived: Map<number, object> = new Map()
  #heldBytes = 0

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
        this.byteLengths = enlarged(this.byteLengths, new Int32Array(capacity))
        while (this.arenas.length < capacity) this.arenas.push(null)
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
        this.#heldBytes -= this.arenas[slot]?.length ?? 0
        this.arenas[slot] = null
        this.byteLengths[slot] = 0
        this.derived.delete(slot)
        break
      default:
        assertNever(this.kind, 'buffer kind')
    }
  }

  /** Takes over the value of another column's slot. Bytes are copied: both may go on changing. */
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
      case 'bytes': {
        const bytes = from.arenas[fromSlot]
        if (bytes === null) this.clear(slot)
        else this.setBytes(slot, bytes, 0, from.byteLengths[fromSlot])
        break
      }
      default:
        assertNever(this.kind, 'buffer kind')
    }
  }

  /** The bytes of a slot, null when it has none. A view: it is good until the slot changes. */
  bytesAt(slot: number): Uint8Array | null {
    const arena = this.arenas[slot]
    return arena === null ? null : arena.subarray(0, this.byteLengths[slot])
  }

  /** Replaces the bytes of a slot by a copy of source[start .. end). */
  setBytes(slot: number, source: Uint8Array, start: number, end: number): void {
    const n = end - start
    let arena = this.arenas[slot]
    if (arena === null || arena.length < n) arena = this.#newArena(slot, n)
    copyBytes(source, start, end, arena, 0)
    this.byteLengths[slot] = n
    if (this.derived.size > 0) this.derived.delete(slot)
  }

  /** Adds source[start .. end) at the end of the slot's bytes. */
  appendBytes(slot: number, source: Uint8Array, start: number, end: number): void {
    const arena = this.reserveBytes(slot, end - start)
    copyBytes(source, start, end, arena, this.byteLengths[slot])
    this.byteLengths[slot] += end - start
  }

  /** The slot's arena with room for `more` bytes after the used ones. The caller writes them and raises byteLengths. */
  reserveBytes(slot: number, more: number): Uint8Array {
    const used = this.byteLengths[slot]
    const arena = this.arenas[slot]
    if (arena !== null && used + more <= arena.length) return arena
    // A first value gets what it needs: most groups of most queries have one. From the second on the arena doubles.
    const bigger = this.#newArena(slot, arena === null ? more : Math.max(used + more, arena.length * 2, 32))
    if (arena !== null) bigger.set(used === arena.length ? arena : arena.subarray(0, used))
    return bigger
  }

  /** Bytes of memory that the column holds, for the memory budget. */
  get memoryBytes(): number {
    const { float64, int32, int64, boolean, byteLengths } = this
    return float64.byteLength + int32.byteLength + int64.byteLength + boolean.byteLength + byteLengths.byteLength + this.#heldBytes
  }

  #newArena(slot: number, size: number): Uint8Array {
    this.#heldBytes += size - (this.arenas[slot]?.length ?? 0)
    return (this.arenas[slot] = new Uint8Array(size))
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

function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  // Short values are the rule: a loop beats the call into the runtime below about 32 bytes.
  if (end - start < 32) for (let i = start, k = at; i < end; i++, k++) target[k] = source[i]
  else target.set(source.subarray(start, end), at)
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
        const arena = buffer.arenas[slot]
        if (arena === null) column.appendNull()
        else column.appendBytes(arena, 0, buffer.byteLengths[slot])
        break
      }
      default:
        assertNever(buffer.kind, 'buffer kind')
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
      buffer.grow(v.length)
      const bytes = v.values as Uint8Array
      const offsets = v.offsets as Int32Array
      for (let i = 0; i < v.length; i++) if (!isNullAt(v, i)) buffer.setBytes(i, bytes, offsets[i], offsets[i + 1])
      break
    }
    default:
      assertNever(kind, 'buffer kind')
  }
  return buffer
}
