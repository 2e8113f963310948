import { assert, assertNever } from '../common/assert.ts'
import { getBit } from './bitmap.ts'
import type { DataType } from './data-type.ts'
import { isFlat, layOut, writeColumn } from './key-columns.ts'
import { BytesReader, isNullAt, type Vector } from './vector.ts'
import { VectorBuilder } from './builder.ts'

/**
 * Encodes the grouping (or join) key of each row into bytes, so that equal keys have equal bytes: NULL equals NULL,
 * every NaN is one NaN, −0.0 is 0.0 (functions.md, global rule 5).
 *
 *   value   = 0 (null) | 1 payload
 *   payload = boolean: 1 byte · int32, date: 4 · int64, integer, float64, timestamp: 8, little-endian
 *             string, binary: 4-byte length, bytes · array: 4-byte count, values · struct: its values
 *
 * The encoding is part of the checkpoint format. Keys of all rows lie one after the other in `bytes`;
 * row i is bytes[offsets[i] .. offsets[i + 1]). Buffers are reused by the next call.
 */
export class KeyEncoder {
  readonly types: readonly DataType[]
  bytes: Uint8Array = new Uint8Array(1024)
  offsets: Int32Array = new Int32Array(65)
  #view = new DataView(this.bytes.buffer)
  #at = 0
  /** Where the next column of each row goes. */
  #cursors = new Int32Array(64)

  constructor(types: readonly DataType[]) {
    this.types = types
  }

  encode(columns: readonly Vector[], rows: number): void {
    assert(columns.length === this.types.length, 'A key has one vector per type.', { columns: columns.length })
    if (this.offsets.length < rows + 1) this.offsets = new Int32Array(rows + 1)
    if (columns.every(isFlat)) this.#byColumn(columns, rows)
    else this.#byRow(columns, rows)
  }

  #byColumn(columns: readonly Vector[], rows: number): void {
    const needed = layOut(columns, rows, this.offsets)
    if (needed > this.bytes.length) this.#replaceBytes(new Uint8Array(Math.max(needed, this.bytes.length * 2)))
    if (this.#cursors.length < rows) this.#cursors = new Int32Array(rows)
    this.#cursors.set(this.offsets.subarray(0, rows))
    for (const column of columns) writeColumn(column, rows, this.bytes, this.#cursors)
  }

  #byRow(columns: readonly Vector[], rows: number): void {
    this.#at = 0
    const readers = columns.map(c => (c.type.kind === 'string' || c.type.kind === 'binary' ? new BytesReader(c) : null))
    for (let i = 0; i < rows; i++) {
      this.offsets[i] = this.#at
      for (let k = 0; k < columns.length; k++) this.#value(columns[k], i, readers[k])
    }
    this.offsets[rows] = this.#at
  }

  #value(v: Vector, i: number, reader: BytesReader | null): void {
    this.#reserve(16)
    if (isNullAt(v, i)) {
      this.bytes[this.#at++] = 0
      return
    }
    this.bytes[this.#at++] = 1
    switch (v.type.kind) {
      case 'boolean':
        this.bytes[this.#at++] = getBit(v.values as Uint8Array, i) ? 1 : 0
        return
      case 'int32':
      case 'date':
        this.#view.setInt32(this.#at, (v.values as Int32Array)[i], true)
        this.#at += 4
        return
      case 'int64':
        this.#view.setBigInt64(this.#at, (v.values as BigInt64Array)[i], true)
        this.#at += 8
        return
      case 'integer':
      case 'float64':
      case 'timestamp': {
        // x + 0 turns −0 into 0; the constant is the one NaN.
        const x = (v.values as Float64Array)[i]
        this.#view.setFloat64(this.#at, x === x ? x + 0 : NaN, true)
        this.#at += 8
        return
      }
      case 'string':
      case 'binary': {
        const r = reader ?? new BytesReader(v)
        const start = r.start(i)
        const n = r.end(i) - start
        this.#reserve(n + 8)
        this.#view.setInt32(this.#at, n, true)
        this.#at += 4
        const { bytes } = this
        if (n < 32) for (let b = 0; b < n; b++) bytes[this.#at + b] = r.bytes[start + b]
        else bytes.set(r.bytes.subarray(start, start + n), this.#at)
        this.#at += n
        return
      }
      case 'array': {
        const offsets = v.offsets as Int32Array
        this.#view.setInt32(this.#at, offsets[i + 1] - offsets[i], true)
        this.#at += 4
        for (let e = offsets[i]; e < offsets[i + 1]; e++) this.#value(v.children[0], e, null)
        return
      }
      case 'struct':
        for (const child of v.children) this.#value(child, i, null)
        return
      case 'null':
      case 'vector':
        assert(false, `A ${v.type.kind} cannot be a key.`)
        return
      default:
        assertNever(v.type, 'type')
    }
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.#at + more, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.#at))
    this.#replaceBytes(grown)
  }

  #replaceBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/** Turns encoded keys back into columns, one builder per type of the key. */
export class KeyDecoder {
  readonly builders: readonly VectorBuilder[]
  #bytes: Uint8Array | null = null
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor(types: readonly DataType[], capacity = 64) {
    this.builders = types.map(type => new VectorBuilder(type, capacity))
  }

  /** Appends the key at bytes[start ..) to the builders. */
  append(bytes: Uint8Array, start: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    let at = start
    for (const builder of this.builders) at = appendValue(builder, bytes, this.#view, at)
  }

  finish(): Vector[] {
    return this.builders.map(b => b.finish())
  }
}

function appendValue(builder: VectorBuilder, bytes: Uint8Array, view: DataView, start: number): number {
  let at = start
  if (bytes[at++] === 0) {
    builder.appendNull()
    return at
  }
  switch (builder.type.kind) {
    case 'boolean':
      builder.appendBoolean(bytes[at] === 1)
      return at + 1
    case 'int32':
    case 'date':
      builder.appendInt32(view.getInt32(at, true))
      return at + 4
    case 'int64':
      builder.appendInt64(view.getBigInt64(at, true))
      return at + 8
    case 'integer':
    case 'float64':
    case 'timestamp':
      builder.appendFloat64(view.getFloat64(at, true))
      return at + 8
    case 'string':
    case 'binary': {
      const n = view.getInt32(at, true)
      builder.appendBytes(bytes, at + 4, at + 4 + n)
      return at + 4 + n
    }
    case 'array': {
      let left = view.getInt32(at, true)
      at += 4
      for (; left > 0; left--) at = appendValue(builder.children[0], bytes, view, at)
      builder.appendList()
      return at
    }
    case 'struct':
      for (const child of builder.children) at = appendValue(child, bytes, view, at)
      builder.appendStruct()
      return at
    default:
      assert(false, `A ${builder.type.kind} cannot be a key.`)
  }
}
