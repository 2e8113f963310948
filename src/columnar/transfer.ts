import type { DataType } from './data-type.ts'
import { RecordBatch } from './record-batch.ts'
import type { Schema } from './schema.ts'
import { Vector } from './vector.ts'

/** A vector as structured-clone data: typed arrays stay what they are, the class is put back by {@link vectorFromData}. */
export interface VectorData {
  readonly type: DataType
  readonly length: number
  readonly validity: Uint8Array | null
  readonly values: Vector['values']
  readonly offsets: Int32Array | null
  readonly children: readonly VectorData[]
  readonly dictionary: VectorData | null
}

export interface RecordBatchData {
  readonly schema: Schema
  readonly numRows: number
  readonly columns: readonly VectorData[]
}

/**
 * A batch ready to be posted, with the list of buffers to transfer. Afterwards the sender's batch must not be used.
 * A buffer that also holds other things (a view of pooled or shared memory, a larger read buffer) is copied first:
 * transferring it would take the neighbours along.
 */
export function batchToData(batch: RecordBatch, transfer: Set<ArrayBuffer>): RecordBatchData {
  return { schema: batch.schema, numRows: batch.numRows, columns: batch.columns.map(c => vectorToData(c, transfer)) }
}

function vectorToData(v: Vector, transfer: Set<ArrayBuffer>): VectorData {
  return {
    type: v.type,
    length: v.length,
    validity: own(v.validity, transfer),
    values: own(v.values, transfer),
    offsets: own(v.offsets, transfer),
    children: v.children.map(c => vectorToData(c, transfer)),
    dictionary: v.dictionary === null ? null : vectorToData(v.dictionary, transfer),
  }
}

const pinned = new WeakSet<ArrayBufferLike>()

/** Marks the vector's buffers as belonging to this thread for good (cached literals, broadcast tables): they are copied, never transferred. */
export function pin(v: Vector): Vector {
  for (const array of [v.validity, v.values, v.offsets]) if (array !== null) pinned.add(array.buffer)
  for (const child of v.children) pin(child)
  if (v.dictionary !== null) pin(v.dictionary)
  return v
}

function own<T extends Uint8Array | Int32Array | Float64Array | BigInt64Array | null>(array: T, transfer: Set<ArrayBuffer>): T {
  if (array === null) return array
  // A column mostly fills its buffer; a small view of a large one is copied, as are buffers already on the list
  // (two columns may share memory).
  const buffer = array.buffer
  const wasteful = buffer.byteLength > array.byteLength * 2 + 1024
  const mine = wasteful || pinned.has(buffer) || !(buffer instanceof ArrayBuffer) || transfer.has(buffer) ? (array.slice() as NonNullable<T>) : array
  transfer.add(mine.buffer as ArrayBuffer)
  return mine as T
}

export function batchFromData(data: RecordBatchData): RecordBatch {
  return new RecordBatch(data.schema, data.numRows, data.columns.map(vectorFromData))
}

function vectorFromData(d: VectorData): Vector {
  const dictionary = d.dictionary === null ? null : vectorFromData(d.dictionary)
  return new Vector(d.type, d.length, d.validity, d.values, d.offsets, d.children.map(vectorFromData), dictionary)
}
