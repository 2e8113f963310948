import { getBit } from '../columnar/bitmap.ts'
import { concatBatches } from '../columnar/concat.ts'
import type { DataType } from '../columnar/data-type.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { slice, sliceRows } from '../columnar/take.ts'
import { BytesReader, type Vector } from '../columnar/vector.ts'

/**
 * Cuts a stream of rows into groups of at most `maxRows` rows and `maxBytes` bytes of values (a single larger row makes
 * a group of its own). Where a group ends follows from the rows alone, not from how they came in batches: this is what
 * lets equal rows give equal files. Holds at most one group.
 */
export class RowGrouper {
  readonly #schema: Schema
  readonly #maxRows: number
  readonly #maxBytes: number
  readonly #fixedBytes: number
  #parts: RecordBatch[] = []
  #rows = 0
  #bytes = 0

  constructor(schema: Schema, maxRows: number, maxBytes: number) {
    this.#schema = schema
    this.#maxRows = maxRows
    this.#maxBytes = maxBytes
    this.#fixedBytes = schema.fields.reduce((n, f) => n + fixedBytes(f.type), 0)
  }

  /** Takes rows and answers the groups that became full. */
  push(batch: RecordBatch): RecordBatch[] {
    const full: RecordBatch[] = []
    const sizes = this.#rowSizes(batch)
    let start = 0
    for (let i = 0; i < batch.numRows; i++) {
      const size = sizes === null ? this.#fixedBytes : sizes[i]
      if (this.#rows > 0 && (this.#rows === this.#maxRows || this.#bytes + size > this.#maxBytes)) {
        this.#add(batch, start, i)
        start = i
        full.push(this.#take())
      }
      this.#rows++
      this.#bytes += size
    }
    this.#add(batch, start, batch.numRows)
    return full
  }

  /** The rows that are left, or null when there are none. */
  end(): RecordBatch | null {
    return this.#rows === 0 ? null : this.#take()
  }

  #add(batch: RecordBatch, start: number, end: number): void {
    if (end > start) this.#parts.push(sliceRows(batch, start, end))
  }

  #take(): RecordBatch {
    const group = concatBatches(this.#schema, this.#parts)
    this.#parts = []
    this.#rows = 0
    this.#bytes = 0
    return group
  }

  #rowSizes(batch: RecordBatch): Float64Array | null {
    const varying = batch.columns.filter(c => isVarying(c.type))
    if (varying.length === 0) return null
    const sizes = new Float64Array(batch.numRows).fill(this.#fixedBytes)
    for (const column of varying) addSizes(column, sizes)
    return sizes
  }
}

function isVarying(type: DataType): boolean {
  return type.kind === 'string' || type.kind === 'binary' || type.kind === 'array' || (type.kind === 'struct' && type.fields.some(f => isVarying(f.type)))
}

/** Bytes that every row has, null or not, so that the sum does not depend on what lies under a null. */
function fixedBytes(type: DataType): number {
  switch (type.kind) {
    case 'null':
    case 'boolean':
      return 1
    case 'int32':
    case 'date':
    case 'string':
    case 'binary':
    case 'array':
      return 4
    case 'struct':
      return type.fields.reduce((n, f) => n + fixedBytes(f.type), 1)
    case 'vector':
      return 8 * type.size
    default:
      return 8
  }
}

function addSizes(v: Vector, sizes: Float64Array): void {
  const { type, validity } = v
  switch (type.kind) {
    case 'string':
    case 'binary': {
      const reader = new BytesReader(v)
      for (let i = 0; i < v.length; i++) if (validity === null || getBit(validity, i)) sizes[i] += reader.end(i) - reader.start(i)
      return
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      // Slices of one column share its elements; only those of this slice are looked at. From a multiple of 8 on,
      // taking them costs nothing.
      const first = offsets[0] & -8
      const child = slice(v.children[0], first, offsets[v.length])
      const inner = new Float64Array(child.length).fill(fixedBytes(type.element))
      addSizes(child, inner)
      for (let i = 0; i < v.length; i++) {
        if (validity !== null && !getBit(validity, i)) continue
        for (let e = offsets[i]; e < offsets[i + 1]; e++) sizes[i] += inner[e - first]
      }
      return
    }
    case 'struct': {
      const inner = new Float64Array(v.length)
      for (const child of v.children) addSizes(child, inner)
      for (let i = 0; i < v.length; i++) if (validity === null || getBit(validity, i)) sizes[i] += inner[i]
      return
    }
    default:
      return
  }
}
