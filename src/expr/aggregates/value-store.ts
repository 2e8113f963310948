import { assertNever } from '../../common/assert.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { getBit, newBitmap, setBit } from '../../columnar/bitmap.ts'
import type { BufferColumn, BufferKind } from '../../columnar/buffer-column.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { BytesReader, nullVector, Vector } from '../../columnar/vector.ts'
import { appendPayload, ByteSink, payloadWriter } from './value-encoding.ts'
import { validWhere } from './define.ts'

/** How one value of a type lies in a buffer column: numbers as such, text and binary as their bytes, the rest encoded. */
export function storageOf(type: DataType): BufferKind {
  switch (type.kind) {
    case 'boolean':
    case 'null':
      return 'boolean'
    case 'int32':
    case 'date':
      return 'int32'
    case 'int64':
      return 'int64'
    case 'integer':
    case 'float64':
    case 'timestamp':
      return 'float64'
    case 'string':
    case 'binary':
    case 'array':
    case 'struct':
    case 'vector':
      return 'bytes'
    default:
      return assertNever(type, 'type')
  }
}

/** Stores row i, which is present, in a slot. */
export type SlotWriter = (slot: number, i: number) => void

/** Writes rows of a vector into a buffer column of {@link storageOf} its type. Made once per batch. */
export function slotWriter(buffer: BufferColumn, v: Vector): SlotWriter {
  const type = v.type
  switch (type.kind) {
    case 'null':
      return () => {}
    case 'boolean': {
      const bits = v.values as Uint8Array
      return (slot, i) => {
        buffer.boolean[slot] = getBit(bits, i) ? 1 : 0
      }
    }
    case 'int32':
    case 'date': {
      const values = v.values as Int32Array
      return (slot, i) => {
        buffer.int32[slot] = values[i]
      }
    }
    case 'int64': {
      const values = v.values as BigInt64Array
      return (slot, i) => {
        buffer.int64[slot] = values[i]
      }
    }
    case 'integer':
    case 'float64':
    case 'timestamp': {
      const values = v.values as Float64Array
      return (slot, i) => {
        buffer.float64[slot] = values[i]
      }
    }
    case 'string':
    case 'binary': {
      const r = new BytesReader(v)
      return (slot, i) => buffer.setBytes(slot, r.bytes, r.start(i), r.end(i))
    }
    case 'array':
    case 'struct':
    case 'vector': {
      const sink = new ByteSink()
      const write = payloadWriter(v)
      return (slot, i) => {
        sink.length = 0
        write(sink, i)
        buffer.setBytes(slot, sink.bytes, 0, sink.length)
      }
    }
    default:
      return assertNever(type, 'type')
  }
}

/** The values of the given slots as a vector; null where `isPresent` says so. */
export function storedValues(type: DataType, buffer: BufferColumn, slots: Int32Array, length: number, isPresent: (slot: number) => boolean): Vector {
  switch (type.kind) {
    case 'null':
      return nullVector(type, length)
    case 'boolean': {
      const bits = newBitmap(length, false)
      for (let i = 0; i < length; i++) if (buffer.boolean[slots[i]] === 1) setBit(bits, i)
      return new Vector(type, length, validWhere(length, i => isPresent(slots[i])), bits)
    }
    case 'int32':
    case 'date': {
      const out = new Int32Array(length)
      for (let i = 0; i < length; i++) out[i] = buffer.int32[slots[i]]
      return new Vector(type, length, validWhere(length, i => isPresent(slots[i])), out)
    }
    case 'int64': {
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) out[i] = buffer.int64[slots[i]]
      return new Vector(type, length, validWhere(length, i => isPresent(slots[i])), out)
    }
    case 'integer':
    case 'float64':
    case 'timestamp': {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = buffer.float64[slots[i]]
      return new Vector(type, length, validWhere(length, i => isPresent(slots[i])), out)
    }
    default: {
      const out = new VectorBuilder(type, Math.max(8, length))
      const isText = type.kind === 'string' || type.kind === 'binary'
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const arena = buffer.arenas[slot]
        if (arena === null || !isPresent(slot)) out.appendNull()
        else if (isText) out.appendBytes(arena, 0, buffer.byteLengths[slot])
        else appendPayload(out, arena, 0)
      }
      return out.finish()
    }
  }
}
