import { getBit } from '../../../columnar/bitmap.ts'
import { assertNever } from '../../../common/assert.ts'
import { BytesReader, isNullAt, type Vector } from '../../../columnar/vector.ts'

/** What a hash does with values of the four shapes that all types come down to. It keeps the running value. */
export interface HashState {
  int(value: number): void
  long(low: number, high: number): void
  bytes(bytes: Uint8Array, start: number, end: number): void
}

/** Hashes row i of a column into the state. */
export type RowHash = (i: number, state: HashState) => void

const bits = new DataView(new ArrayBuffer(8))

/**
 * Hashes by type: booleans, ints and dates as 32 bits; bigints, timestamps and doubles as 64; text and binary by bytes;
 * arrays and structs item by item. −0.0 hashes as 0.0, every NaN as the one NaN, and a null changes nothing.
 */
export function rowHash(v: Vector): RowHash {
  const present = presentHash(v)
  if (v.type.kind === 'null') return () => {}
  return v.validity === null ? present : (i, state) => {
    if (!isNullAt(v, i)) present(i, state)
  }
}

function presentHash(v: Vector): RowHash {
  const type = v.type
  switch (type.kind) {
    case 'boolean': {
      const values = v.values as Uint8Array
      return (i, state) => state.int(getBit(values, i) ? 1 : 0)
    }
    case 'int32':
    case 'date': {
      const values = v.values as Int32Array
      return (i, state) => state.int(values[i])
    }
    case 'int64': {
      // Two halves of each value in the machine's order, which is little-endian wherever Node runs.
      const { buffer, byteOffset, length } = v.values as BigInt64Array
      const halves = new Int32Array(buffer, byteOffset, length * 2)
      return (i, state) => state.long(halves[2 * i], halves[2 * i + 1])
    }
    case 'integer':
    case 'timestamp': {
      const values = v.values as Float64Array
      return (i, state) => state.long(values[i] % 4294967296 | 0, Math.floor(values[i] / 4294967296))
    }
    case 'float64': {
      const values = v.values as Float64Array
      return (i, state) => {
        const x = values[i]
        bits.setFloat64(0, x === 0 ? 0 : Number.isNaN(x) ? NaN : x)
        state.long(bits.getInt32(4), bits.getInt32(0))
      }
    }
    case 'string':
    case 'binary': {
      const reader = new BytesReader(v)
      return (i, state) => state.bytes(reader.bytes, reader.start(i), reader.end(i))
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const element = rowHash(v.children[0])
      return (i, state) => {
        for (let k = offsets[i]; k < offsets[i + 1]; k++) element(k, state)
      }
    }
    case 'struct': {
      const fields = v.children.map(rowHash)
      return (i, state) => {
        for (const field of fields) field(i, state)
      }
    }
    case 'vector': {
      const values = v.values as Float64Array
      const { size } = type
      return (i, state) => {
        for (let k = i * size; k < (i + 1) * size; k++) {
          bits.setFloat64(0, values[k] === 0 ? 0 : values[k])
          state.long(bits.getInt32(4), bits.getInt32(0))
        }
      }
    }
    case 'null':
      return () => {}
    default:
      return assertNever(type, 'type')
  }
}
