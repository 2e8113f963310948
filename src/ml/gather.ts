import { getBit } from '../columnar/bitmap.ts'
import { describeType } from '../columnar/data-type.ts'
import { BytesReader, type Vector } from '../columnar/vector.ts'
import type { CategoryIndex } from './category-index.ts'
import { wrongInputType } from './errors.ts'
import { takesType } from './input-types.ts'
import type { ModelInput } from './model.ts'

/**
 * Where a column goes in a row-major matrix of floats: the cell of row i is `offset + i * stride`. Missing is NaN.
 * Scorers gather columns once per block of rows and then work on the matrix alone.
 */
export interface MatrixColumn {
  readonly matrix: Float32Array | Float64Array
  readonly offset: number
  readonly stride: number
}

/** Writes rows from .. to of one input into a matrix. */
export type Gather = (from: number, to: number, column: MatrixColumn) => void

/**
 * How each input's column is read: numbers as they are, categories as their codes. `indexes` look up the categories of
 * strings and are undefined for numbers; for the names in `numbered` a number given is the category and not its code.
 * @throws AnalysisError ML_SCHEMA_MISMATCH for a type that an input does not take
 */
export function columnGatherers(
  inputs: readonly ModelInput[],
  vectors: readonly Vector[],
  indexes: readonly (CategoryIndex | undefined)[],
  numbered: ReadonlySet<string>,
): Gather[] {
  return inputs.map((input, k) => {
    const vector = vectors[k]
    const index = indexes[k]
    if (index === undefined) return (from, to, column) => gatherNumbers(input.name, vector, from, to, column)
    const categories = new CategoryColumn(input.name, vector, index, numbered.has(input.name) ? input.categories : undefined)
    return (from, to, column) => categories.gather(from, to, column)
  })
}

/** Copies rows from .. to of a numeric or boolean column, rounded to 32-bit floats where the matrix has them. */
export function gatherNumbers(name: string, v: Vector, from: number, to: number, { matrix, offset, stride }: MatrixColumn): void {
  switch (v.type.kind) {
    case 'int32':
    case 'integer':
    case 'float64': {
      const values = v.values as Int32Array | Float64Array
      for (let i = from, at = offset; i < to; i++, at += stride) matrix[at] = values[i]
      break
    }
    case 'int64': {
      // Two 32-bit lanes instead of a BigInt per row; the high lane has the sign.
      const values = v.values as BigInt64Array
      const lanes = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
      for (let i = from, at = offset; i < to; i++, at += stride) matrix[at] = lanes[2 * i + 1] * 4294967296 + (lanes[2 * i] >>> 0)
      break
    }
    case 'boolean': {
      const bits = v.values as Uint8Array
      for (let i = from, at = offset; i < to; i++, at += stride) matrix[at] = (bits[i >> 3] >> (i & 7)) & 1
      break
    }
    case 'null':
      for (let i = from, at = offset; i < to; i++, at += stride) matrix[at] = NaN
      return
    default:
      throw wrongInputType(name, 'number', describeType(v.type))
  }
  const validity = v.validity
  if (validity === null) return
  for (let i = from, at = offset; i < to; i++, at += stride) if (!getBit(validity, i)) matrix[at] = NaN
}

/**
 * Reads category codes of one column as floats. A string's code is looked up once per distinct dictionary entry of the
 * vector; whole numbers are codes as they are, unless the categories are numbers themselves.
 */
export class CategoryColumn {
  readonly #vector: Vector
  readonly #index: CategoryIndex
  readonly #reader: BytesReader | null
  /** Code per dictionary entry; −2 where it was not looked up yet. */
  readonly #known: Int32Array | null
  /** Codes by value, for a column of numbers when the categories are numbers. */
  readonly #codes: ReadonlyMap<number, number> | null

  /**
   * `numbers` lists the categories in order of their codes when they are whole numbers.
   * @throws AnalysisError ML_SCHEMA_MISMATCH for a type that holds no categories
   */
  constructor(name: string, vector: Vector, index: CategoryIndex, numbers?: readonly string[]) {
    const kind = vector.type.kind
    if (!takesType({ name, kind: 'category' }, vector.type)) throw wrongInputType(name, 'category', describeType(vector.type))
    this.#vector = vector
    this.#index = index
    this.#reader = kind === 'string' ? new BytesReader(vector) : null
    this.#known = vector.dictionary === null ? null : new Int32Array(vector.dictionary.length).fill(-2)
    this.#codes = numbers === undefined || kind === 'string' || kind === 'null' ? null : new Map(numbers.map((n, code) => [Number(n), code]))
  }

  /** Codes of rows from .. to; NaN where missing or unseen. Codes given as numbers are not checked. */
  gather(from: number, to: number, column: MatrixColumn): void {
    if (this.#codes !== null) this.#gatherByValue(this.#codes, from, to, column)
    else if (this.#reader === null) gatherNumbers('', this.#vector, from, to, column)
    else this.#gatherStrings(this.#reader, from, to, column)
  }

  #gatherStrings(reader: BytesReader, from: number, to: number, { matrix, offset, stride }: MatrixColumn): void {
    const validity = this.#vector.validity
    for (let i = from, at = offset; i < to; i++, at += stride) {
      const code = validity !== null && !getBit(validity, i) ? -1 : this.#codeAt(reader, i)
      matrix[at] = code < 0 ? NaN : code
    }
  }

  #codeAt(reader: BytesReader, i: number): number {
    const known = this.#known
    if (known === null) return this.#index.codeOf(reader.bytes, reader.offsets[i], reader.offsets[i + 1])
    const entry = reader.index(i)
    if (known[entry] === -2) known[entry] = this.#index.codeOf(reader.bytes, reader.start(i), reader.end(i))
    return known[entry]
  }

  #gatherByValue(codes: ReadonlyMap<number, number>, from: number, to: number, { matrix, offset, stride }: MatrixColumn): void {
    const { validity, values } = this.#vector
    for (let i = from, at = offset; i < to; i++, at += stride) {
      const isMissing = validity !== null && !getBit(validity, i)
      matrix[at] = isMissing ? NaN : (codes.get(Number((values as Float64Array | Int32Array | BigInt64Array)[i])) ?? NaN)
    }
  }
}
