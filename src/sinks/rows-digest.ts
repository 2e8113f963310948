import { createHash, type Hash } from 'node:crypto'
import { getBit } from '../columnar/bitmap.ts'
import type { DataType } from '../columnar/data-type.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { describeSchema } from '../columnar/schema.ts'
import { isNullAt, plainStrings, type Vector } from '../columnar/vector.ts'

/**
 * SHA-256 of rows: the same for equal rows in equal order, however they were cut into record batches and whether or not
 * strings have a dictionary. Each column feeds streams of its own (presence, lengths, values), each value in one place
 * only, so where a batch ends leaves no trace. Nulls count as zeros, all NaN as one.
 */
export class RowsDigest {
  rows = 0
  /** Bytes hashed so far: a size of the rows that does not depend on the cut either. */
  bytes = 0
  readonly #schema: Schema
  readonly #columns: readonly ColumnDigest[]

  constructor(schema: Schema) {
    this.#schema = schema
    this.#columns = schema.fields.map(f => new ColumnDigest(f.type))
  }

  update(batch: RecordBatch): void {
    this.#columns.forEach((column, k) => {
      this.bytes += column.update(batch.columns[k], 0, batch.numRows)
    })
    this.rows += batch.numRows
  }

  finish(): string {
    const hash = createHash('sha256')
    hash.update(`${this.rows}\n${describeSchema(this.#schema)}\n`)
    for (const column of this.#columns) column.finish(hash)
    return hash.digest('hex')
  }
}

class ColumnDigest {
  readonly #type: DataType
  readonly #presence = createHash('sha256')
  readonly #lengths = createHash('sha256')
  readonly #values = createHash('sha256')
  readonly #children: readonly ColumnDigest[]

  constructor(type: DataType) {
    this.#type = type
    this.#children =
      type.kind === 'array' ? [new ColumnDigest(type.element)]
      : type.kind === 'struct' ? type.fields.map(f => new ColumnDigest(f.type))
      : []
  }

  /** Takes rows start .. end−1 and answers how many bytes they are. Under a null struct (`parent` 0) there is nothing. */
  update(v: Vector, start: number, end: number, parent: Uint8Array | null = null): number {
    const count = end - start
    if (count === 0) return 0
    const present = new Uint8Array(count)
    for (let i = 0; i < count; i++) present[i] = isNullAt(v, start + i) || parent?.[i] === 0 ? 0 : 1
    this.#presence.update(present)
    return count + this.#content(v, start, count, present)
  }

  #content(v: Vector, start: number, count: number, present: Uint8Array): number {
    switch (this.#type.kind) {
      case 'null':
        return 0
      case 'boolean': {
        const out = new Uint8Array(count)
        const bits = v.values as Uint8Array
        for (let i = 0; i < count; i++) out[i] = present[i] === 1 && getBit(bits, start + i) ? 1 : 0
        return feed(this.#values, out)
      }
      case 'int32':
      case 'date': {
        const out = (v.values as Int32Array).slice(start, start + count)
        for (let i = 0; i < count; i++) if (present[i] === 0) out[i] = 0
        return feed(this.#values, out)
      }
      case 'int64': {
        const out = (v.values as BigInt64Array).slice(start, start + count)
        for (let i = 0; i < count; i++) if (present[i] === 0) out[i] = 0n
        return feed(this.#values, out)
      }
      case 'integer':
      case 'float64':
      case 'timestamp':
      case 'vector': {
        const size = this.#type.kind === 'vector' ? this.#type.size : 1
        const out = (v.values as Float64Array).slice(start * size, (start + count) * size)
        for (let i = 0; i < out.length; i++) {
          if (present[size === 1 ? i : Math.floor(i / size)] === 0) out[i] = 0
          else if (out[i] !== out[i]) out[i] = NaN
        }
        return feed(this.#values, out)
      }
      case 'string':
      case 'binary':
        return this.#text(plainStrings(v), start, count, present)
      case 'array':
        return this.#lists(v, start, count, present)
      case 'struct': {
        let bytes = 0
        this.#children.forEach((child, k) => {
          bytes += child.update(v.children[k], start, start + count, present)
        })
        return bytes
      }
    }
  }

  #text(v: Vector, start: number, count: number, present: Uint8Array): number {
    const offsets = v.offsets as Int32Array
    const lengths = lengthsOf(offsets, start, count, present)
    const bytes = v.values as Uint8Array
    let total = feed(this.#lengths, lengths)
    // Null slots mostly hold no bytes, so all values lie in one piece; those that do are stepped over.
    let from = offsets[start]
    for (let i = 0; i < count; i++) {
      if (present[i] === 1 || offsets[start + i] === offsets[start + i + 1]) continue
      total += feed(this.#values, bytes.subarray(from, offsets[start + i]))
      from = offsets[start + i + 1]
    }
    return total + feed(this.#values, bytes.subarray(from, offsets[start + count]))
  }

  #lists(v: Vector, start: number, count: number, present: Uint8Array): number {
    const offsets = v.offsets as Int32Array
    let total = feed(this.#lengths, lengthsOf(offsets, start, count, present))
    let from = offsets[start]
    for (let i = 0; i < count; i++) {
      if (present[i] === 1 || offsets[start + i] === offsets[start + i + 1]) continue
      total += this.#children[0].update(v.children[0], from, offsets[start + i])
      from = offsets[start + i + 1]
    }
    return total + this.#children[0].update(v.children[0], from, offsets[start + count])
  }

  finish(into: Hash): void {
    into.update(this.#presence.digest())
    into.update(this.#lengths.digest())
    into.update(this.#values.digest())
    for (const child of this.#children) child.finish(into)
  }
}

function lengthsOf(offsets: Int32Array, start: number, count: number, present: Uint8Array): Int32Array {
  const lengths = new Int32Array(count)
  for (let i = 0; i < count; i++) if (present[i] === 1) lengths[i] = offsets[start + i + 1] - offsets[start + i]
  return lengths
}

function feed(hash: Hash, array: Uint8Array | Int32Array | Float64Array | BigInt64Array): number {
  if (array.byteLength > 0) hash.update(array)
  return array.byteLength
}
