import { float16 } from '../float16.ts'
import { laneThousandth, lanesOf, laneValue } from '../int64-lanes.ts'
import { microseconds, ValueRangeError } from '../value-range.ts'
import type { LeafKind } from './leaf-type.ts'
import type { ValueSink } from './value-sink.ts'

export type PhysicalArray = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint16Array

/** Bytes of an array element, and elements of a value. */
export function physicalBytes(kind: LeafKind): { readonly size: number; readonly elements: number } {
  switch (kind) {
    case 'float16':
      return { size: 2, elements: 1 }
    case 'int32':
    case 'uint32':
    case 'float32':
      return { size: 4, elements: 1 }
    case 'int96':
      return { size: 4, elements: 3 }
    default:
      return { size: 8, elements: 1 }
  }
}

/** The rest of a page as numbers of the physical type: a view where it is aligned, else a copy. */
export function physicalArray(kind: LeafKind, bytes: Uint8Array, start: number): PhysicalArray {
  const { size } = physicalBytes(kind)
  const count = Math.floor((bytes.length - start) / size)
  const at = bytes.byteOffset + start
  const aligned = at % size === 0
  const buffer = aligned ? bytes.buffer : bytes.slice(start, start + count * size).buffer
  const offset = aligned ? at : 0
  switch (kind) {
    case 'float16':
      return new Uint16Array(buffer, offset, count)
    case 'int32':
    case 'uint32':
    case 'int96':
      return new Int32Array(buffer, offset, count)
    case 'float32':
      return new Float32Array(buffer, offset, count)
    case 'float64':
      return new Float64Array(buffer, offset, count)
    default:
      return new BigInt64Array(buffer, offset, count)
  }
}

/** Appends values `from` … of the physical array to the sink, which has room for them. */
export function convertInto(kind: LeafKind, values: PhysicalArray, from: number, sink: ValueSink, count: number): void {
  const at = sink.length
  sink.length += count
  switch (kind) {
    case 'int32':
      sink.int32.set((values as Int32Array).subarray(from, from + count), at)
      return
    case 'uint32': {
      const raw = values as Int32Array
      const lanes = lanesOf(sink.int64)
      for (let i = 0; i < count; i++) {
        lanes[2 * (at + i)] = raw[from + i]
        lanes[2 * (at + i) + 1] = 0
      }
      return
    }
    case 'int64':
      if (sink.type.kind !== 'null') sink.int64.set((values as BigInt64Array).subarray(from, from + count), at)
      return
    case 'uint64': {
      const raw = values as BigInt64Array
      const lanes = lanesOf(raw)
      for (let i = from; i < from + count; i++) {
        if (lanes[2 * i + 1] < 0) throw new ValueRangeError(`holds ${BigInt.asUintN(64, raw[i])}, which does not fit into int64`)
      }
      sink.int64.set(raw.subarray(from, from + count), at)
      return
    }
    case 'float32':
    case 'float64':
      sink.float64.set((values as Float64Array).subarray(from, from + count), at)
      return
    case 'float16': {
      const raw = values as Uint16Array
      for (let i = 0; i < count; i++) sink.float64[at + i] = float16(raw[from + i])
      return
    }
    case 'millis':
    case 'micros': {
      const lanes = lanesOf(values as BigInt64Array)
      const scale = kind === 'millis' ? 1000 : 1
      for (let i = 0; i < count; i++) sink.float64[at + i] = microseconds(laneValue(lanes, from + i) * scale)
      return
    }
    case 'nanos': {
      const lanes = lanesOf(values as BigInt64Array)
      for (let i = 0; i < count; i++) sink.float64[at + i] = microseconds(laneThousandth(lanes, from + i))
      return
    }
    case 'int96': {
      const raw = values as Int32Array
      for (let i = 0; i < count; i++) sink.float64[at + i] = int96(raw, 3 * (from + i))
    }
  }
}

/** Nanoseconds of the day in 64 bits, then the Julian day: how Impala and old Spark store timestamps. */
function int96(raw: Int32Array, at: number): number {
  const micros = Math.floor((raw[at + 1] * 4_294_967_296 + (raw[at] >>> 0)) / 1000)
  return microseconds((raw[at + 2] - 2_440_588) * 86_400_000_000 + micros)
}
