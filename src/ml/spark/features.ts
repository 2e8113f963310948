import { type Bitmap, getBit } from '../../columnar/bitmap.ts'

/**
 * The feature vectors of a block of rows, all of one size: dense by row, or only what is not zero (values of row i are
 * `values[offsets[i] .. offsets[i + 1])` at the positions `indices`, ascending). A quarter of a million hashed words stay
 * as few numbers as a text has words.
 */
export class Features {
  readonly rows: number
  readonly size: number
  /** Null when every vector is there; a missing one is all zeros. */
  readonly validity: Bitmap | null
  readonly dense: Float64Array | null
  readonly offsets: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array

  private constructor(rows: number, size: number, validity: Bitmap | null, dense: Float64Array | null, offsets: Int32Array, indices: Int32Array, values: Float64Array) {
    this.rows = rows
    this.size = size
    this.validity = validity
    this.dense = dense
    this.offsets = offsets
    this.indices = indices
    this.values = values
  }

  static dense(rows: number, size: number, values: Float64Array, validity: Bitmap | null = null): Features {
    return new Features(rows, size, validity, values, noOffsets, noOffsets, values)
  }

  static sparse(size: number, offsets: Int32Array, indices: Int32Array, values: Float64Array, validity: Bitmap | null = null): Features {
    return new Features(offsets.length - 1, size, validity, null, offsets, indices, values)
  }

  isMissing(row: number): boolean {
    return this.validity !== null && !getBit(this.validity, row)
  }

  /** Calls for each stored value of a row; the zeros of dense ones too. */
  forEach(row: number, visit: (index: number, value: number) => void): void {
    if (this.dense !== null) {
      const base = row * this.size
      for (let i = 0; i < this.size; i++) visit(i, this.dense[base + i])
      return
    }
    for (let e = this.offsets[row]; e < this.offsets[row + 1]; e++) visit(this.indices[e], this.values[e])
  }

  /** All values of all rows. */
  toDense(): Float64Array {
    if (this.dense !== null) return this.dense
    const out = new Float64Array(this.rows * this.size)
    for (let row = 0; row < this.rows; row++) {
      const base = row * this.size
      for (let e = this.offsets[row]; e < this.offsets[row + 1]; e++) out[base + this.indices[e]] = this.values[e]
    }
    return out
  }

  /** The same positions with other values; `change` gets the position and the value, which for sparse ones is not zero. */
  map(change: (index: number, value: number) => number): Features {
    const { rows, size, dense } = this
    if (dense !== null) {
      const out = new Float64Array(rows * size)
      for (let row = 0, at = 0; row < rows; row++) for (let i = 0; i < size; i++, at++) out[at] = change(i, dense[at])
      return Features.dense(rows, size, out, this.validity)
    }
    const out = new Float64Array(this.values.length)
    for (let e = 0; e < out.length; e++) out[e] = change(this.indices[e], this.values[e])
    return Features.sparse(size, this.offsets, this.indices, out, this.validity)
  }

  withValidity(validity: Bitmap | null): Features {
    return new Features(this.rows, this.size, validity, this.dense, this.offsets, this.indices, this.values)
  }
}

const noOffsets = new Int32Array(0)

/** Vectors up to this size are kept dense whatever they hold: a position costs as much as a zero or two. */
export const denseSize = 512

/** Collects sparse vectors row by row. */
export class SparseBuilder {
  readonly #size: number
  readonly #offsets: Int32Array
  #indices = new Int32Array(1024)
  #values = new Float64Array(1024)
  #length = 0
  #row = 0

  constructor(rows: number, size: number) {
    this.#size = size
    this.#offsets = new Int32Array(rows + 1)
  }

  /** The next value of the row at hand; positions must ascend. */
  add(index: number, value: number): void {
    if (this.#length === this.#indices.length) this.#grow()
    this.#indices[this.#length] = index
    this.#values[this.#length++] = value
  }

  endRow(): void {
    this.#offsets[++this.#row] = this.#length
  }

  #grow(): void {
    const indices = new Int32Array(this.#indices.length * 2)
    const values = new Float64Array(indices.length)
    indices.set(this.#indices)
    values.set(this.#values)
    this.#indices = indices
    this.#values = values
  }

  finish(validity: Bitmap | null = null): Features {
    return Features.sparse(this.#size, this.#offsets, this.#indices.subarray(0, this.#length), this.#values.subarray(0, this.#length), validity)
  }
}
