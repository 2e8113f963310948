import { assert } from '../common/assert.ts'
import type { DataType } from './data-type.ts'
import { RecordBatch } from './record-batch.ts'
import type { Schema } from './schema.ts'
import { Vector } from './vector.ts'

/**
 * A record batch as one run of bytes, for the checkpoint and for digests.
 *
 *   "MRB1" | u32 length of the header | header (JSON) | padding to 8 | buffers, each padded to 8
 *
 * The header has the schema, the number of rows, and per vector the byte lengths of its buffers in the order
 * validity, values, offsets, children, dictionary; −1 stands for "none". Little-endian, as typed arrays are.
 */
export function encodeFrame(batch: RecordBatch): Uint8Array {
  const buffers: Uint8Array[] = []
  const columns = batch.columns.map(c => describe(c, buffers))
  const header = new TextEncoder().encode(JSON.stringify({ schema: batch.schema, numRows: batch.numRows, columns }))
  let size = align(8 + header.length)
  for (const b of buffers) size += align(b.length)
  const out = new Uint8Array(size)
  out.set(magic)
  new DataView(out.buffer).setUint32(4, header.length, true)
  out.set(header, 8)
  let at = align(8 + header.length)
  for (const b of buffers) {
    out.set(b, at)
    at += align(b.length)
  }
  return out
}

/** The batch of {@link encodeFrame}; it shares the bytes' memory where they are aligned. */
export function decodeFrame(frame: Uint8Array): RecordBatch {
  // Typed arrays need an aligned start; a frame inside a larger buffer may have none.
  const bytes = frame.byteOffset % 8 === 0 ? frame : frame.slice()
  assert(magic.every((m, i) => bytes[i] === m), 'A frame starts with its magic bytes.')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Header
  const cursor = { at: align(8 + length) }
  return new RecordBatch(header.schema, header.numRows, header.columns.map((c, i) => restore(header.schema.fields[i].type, c, bytes, cursor)))
}

interface Header {
  readonly schema: Schema
  readonly numRows: number
  readonly columns: readonly Described[]
}

interface Described {
  readonly length: number
  readonly validity: number
  readonly values: number
  readonly offsets: number
  readonly children: readonly Described[]
  readonly dictionary: Described | null
}

const magic = new Uint8Array([0x4d, 0x52, 0x42, 0x31])

function align(n: number): number {
  return (n + 7) & ~7
}

function describe(v: Vector, buffers: Uint8Array[]): Described {
  const add = (array: Vector['values'] | Vector['offsets']): number => {
    if (array === null) return -1
    buffers.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    return array.byteLength
  }
  const validity = add(v.validity)
  const values = add(v.values)
  const offsets = add(v.offsets)
  return { length: v.length, validity, values, offsets, children: v.children.map(c => describe(c, buffers)), dictionary: v.dictionary === null ? null : describe(v.dictionary, buffers) }
}

function restore(type: DataType, d: Described, bytes: Uint8Array, cursor: { at: number }): Vector {
  const take = (n: number): Uint8Array | null => {
    if (n < 0) return null
    const part = bytes.subarray(cursor.at, cursor.at + n)
    cursor.at += align(n)
    return part
  }
  const validity = take(d.validity)
  const raw = take(d.values)
  const rawOffsets = take(d.offsets)
  const values = raw === null ? null : typed(d.dictionary === null ? type : { kind: 'int32' }, raw)
  const offsets = rawOffsets === null ? null : new Int32Array(rawOffsets.buffer, rawOffsets.byteOffset, rawOffsets.length >> 2)
  const inner: readonly DataType[] = type.kind === 'array' ? [type.element] : type.kind === 'struct' ? type.fields.map(f => f.type) : []
  const children = d.children.map((c, i) => restore(inner[i], c, bytes, cursor))
  return new Vector(type, d.length, validity, values, offsets, children, d.dictionary === null ? null : restore(type, d.dictionary, bytes, cursor))
}

function typed(type: DataType, raw: Uint8Array): Vector['values'] {
  switch (type.kind) {
    case 'int32':
    case 'date':
      return new Int32Array(raw.buffer, raw.byteOffset, raw.length >> 2)
    case 'int64':
      return new BigInt64Array(raw.buffer, raw.byteOffset, raw.length >> 3)
    case 'integer':
    case 'float64':
    case 'timestamp':
    case 'vector':
      return new Float64Array(raw.buffer, raw.byteOffset, raw.length >> 3)
    default:
      return raw
  }
}
