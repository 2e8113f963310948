import * as arrow from 'apache-arrow'
import { assert, assertNever } from '../../common/assert.ts'
import { andValidity, type Bitmap, bitmapBytes, countBits, getBit, newBitmap } from '../../columnar/bitmap.ts'
import { type Field, field, float64Type } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { slice, take } from '../../columnar/take.ts'
import { BytesReader, nullVector, plainStrings, Vector } from '../../columnar/vector.ts'
import { lanesOf, storeLanes } from '../int64-lanes.ts'
import { toArrowType } from './arrow-types.ts'

/**
 * A record batch as Arrow sees it. Buffers are wrapped, not copied, except `timestamp` and `integer` (Int64 there) and
 * columns with nulls: what lies under a null is undefined here, but must be the same in two files of the same rows,
 * so it is written as zero.
 */
export function exportBatch(batch: RecordBatch, schema: arrow.Schema): arrow.RecordBatch {
  const children = batch.columns.map((c, k) => exportVector(c, batch.schema.fields[k], null))
  const type = new arrow.Struct(schema.fields)
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length: batch.numRows, nullCount: 0, children }))
}

/** `alive` has a bit for each row that is there in the parent; the others are slots of null structs. */
function exportVector(v: Vector, f: Field, alive: Bitmap | null): arrow.Data {
  const { length } = v
  const present = andValidity(v.validity, alive, length)
  const nulls = present === null ? 0 : length - countBits(present, length)
  const some = nulls === 0 ? null : present
  if (!f.nullable && v.validity !== null) requireValues(v, alive, f)
  const validity = f.nullable && some !== null ? exactBits(some, length) : null
  const data = (buffers: Buffers, children: arrow.Data[] = []): arrow.Data =>
    new arrow.Data(toArrowType(v.type), 0, length, validity === null ? 0 : nulls, { ...buffers, ...(validity === null ? {} : { [arrow.BufferType.VALIDITY]: validity }) }, children)
  const { type } = v
  switch (type.kind) {
    case 'null':
      // The library slices children of lists and then counts their nulls anew: without bits it would find none.
      return new arrow.Data(new arrow.Null(), 0, length, length, { [arrow.BufferType.VALIDITY]: newBitmap(length, false) })
    case 'boolean':
      return data({ [arrow.BufferType.DATA]: exactBits(andValidity(v.values as Bitmap, some, length) as Bitmap, length) })
    case 'int32':
    case 'date':
      return data({ [arrow.BufferType.DATA]: presentNumbers(v.values as Int32Array, some, length, 1) })
    case 'int64':
      return data({ [arrow.BufferType.DATA]: presentInt64(v.values as BigInt64Array, some, length) })
    case 'integer':
    case 'timestamp':
      return data({ [arrow.BufferType.DATA]: floatsToInt64(v.values as Float64Array, some, length) })
    case 'float64':
      return data({ [arrow.BufferType.DATA]: presentNumbers(v.values as Float64Array, some, length, 1) })
    case 'string':
    case 'binary': {
      const text = presentText(v, some)
      return data({ [arrow.BufferType.OFFSET]: text.offsets as Int32Array, [arrow.BufferType.DATA]: text.values as Uint8Array })
    }
    case 'array': {
      const list = presentLists(v, some)
      const child = exportVector(list.children[0], field('item', type.element, type.containsNull), null)
      return data({ [arrow.BufferType.OFFSET]: list.offsets as Int32Array }, [child])
    }
    case 'vector': {
      const values = presentNumbers(v.values as Float64Array, some, length, type.size)
      return data({}, [exportVector(new Vector(float64Type, length * type.size, null, values), field('item', float64Type, false), null)])
    }
    case 'struct':
      return data({}, v.children.map((c, k) => exportVector(c, type.fields[k], some)))
    default:
      return assertNever(type, 'type')
  }
}

interface Buffers {
  readonly [arrow.BufferType.OFFSET]?: Int32Array
  readonly [arrow.BufferType.DATA]?: Uint8Array | Int32Array | Float64Array | BigInt64Array
}

function requireValues(v: Vector, alive: Bitmap | null, f: Field): void {
  for (let i = 0; i < v.length; i++) {
    const isNull = !getBit(v.validity as Bitmap, i) && (alive === null || getBit(alive, i))
    assert(!isNull, 'A column that its schema calls non-null holds a null.', { column: f.name })
  }
}

/** The bits of `length` rows and nothing behind them. */
function exactBits(bits: Bitmap, length: number): Bitmap {
  const bytes = bitmapBytes(length)
  const out = bits.slice(0, bytes)
  if ((length & 7) !== 0) out[bytes - 1] &= (1 << (length & 7)) - 1
  return out
}

function presentNumbers<T extends Int32Array | Float64Array>(values: T, present: Bitmap | null, length: number, size: number): T {
  if (present === null) return values.subarray(0, length * size) as T
  const out = values.slice(0, length * size) as T
  for (let i = 0; i < length; i++) if (!getBit(present, i)) out.fill(0, i * size, (i + 1) * size)
  return out
}

function presentInt64(values: BigInt64Array, present: Bitmap | null, length: number): BigInt64Array {
  if (present === null) return values.subarray(0, length)
  const out = values.slice(0, length)
  for (let i = 0; i < length; i++) if (!getBit(present, i)) out[i] = 0n
  return out
}

function floatsToInt64(values: Float64Array, present: Bitmap | null, length: number): BigInt64Array {
  const out = new BigInt64Array(length)
  const lanes = lanesOf(out)
  for (let i = 0; i < length; i++) if (present === null || getBit(present, i)) storeLanes(lanes, i, values[i])
  return out
}

/** Text without dictionary, without bytes that belong to no row, from offset 0. */
function presentText(v: Vector, present: Bitmap | null): Vector {
  const { length } = v
  if (present === null || v.dictionary !== null) {
    const plain = plainStrings(present === null ? v : new Vector(v.type, length, present, v.values, null, [], v.dictionary))
    const offsets = plain.offsets as Int32Array
    if (offsets[0] === 0) return new Vector(v.type, length, null, (plain.values as Uint8Array).subarray(0, offsets[length]), offsets.subarray(0, length + 1))
    const rebased = new Int32Array(length + 1)
    for (let i = 0; i <= length; i++) rebased[i] = offsets[i] - offsets[0]
    return new Vector(v.type, length, null, (plain.values as Uint8Array).subarray(offsets[0], offsets[length]), rebased)
  }
  const reader = new BytesReader(v)
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) offsets[i + 1] = offsets[i] + (getBit(present, i) ? reader.end(i) - reader.start(i) : 0)
  const bytes = new Uint8Array(offsets[length])
  for (let i = 0; i < length; i++) {
    if (offsets[i + 1] > offsets[i]) bytes.set(reader.bytes.subarray(reader.start(i), reader.end(i)), offsets[i])
  }
  return new Vector(v.type, length, null, bytes, offsets)
}

/** Lists without elements that belong to no row, from offset 0. */
function presentLists(v: Vector, present: Bitmap | null): Vector {
  const { length } = v
  const from = v.offsets as Int32Array
  const offsets = new Int32Array(length + 1)
  let gaps = false
  for (let i = 0; i < length; i++) {
    const there = present === null || getBit(present, i)
    offsets[i + 1] = offsets[i] + (there ? from[i + 1] - from[i] : 0)
    if (!there && from[i + 1] > from[i]) gaps = true
  }
  const child = v.children[0]
  if (length === 0) return new Vector(v.type, 0, null, null, offsets, [nullVector(child.type, 0)])
  if (!gaps) return new Vector(v.type, length, null, null, offsets, [slice(child, from[0], from[length])])
  const indices = new Int32Array(offsets[length])
  for (let i = 0, at = 0; i < length; i++) {
    for (let e = from[i]; at < offsets[i + 1]; e++) indices[at++] = e
  }
  return new Vector(v.type, length, null, null, offsets, [take(child, indices)])
}
