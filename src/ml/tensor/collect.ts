import { type Bitmap, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { arrayType, booleanType, type DataType, field, float64Type, int32Type, int64Type, stringType, type StructType, structType, vectorType } from '../../columnar/data-type.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import type { TensorElement } from '../model.ts'
import type { RowShape } from './column.ts'

/** Values as runtimes hand them out: typed arrays, or texts. */
export type TensorValues = ArrayLike<number | bigint | boolean | string>

/**
 * The type of a column that holds one row of a tensor in each row: a single value for shape [], `vector(n)` for floats of
 * shape [n], otherwise arrays of arrays.
 */
export function columnType(element: TensorElement, shape: RowShape): DataType {
  const isFloat = element === 'float32' || element === 'float64'
  if (isFloat && shape.length === 1 && shape[0] !== null) return vectorType(shape[0])
  let type = elementType(element)
  for (const _ of shape) type = arrayType(type, false)
  return type
}

function elementType(element: TensorElement): DataType {
  switch (element) {
    case 'float32':
    case 'float64':
      return float64Type
    case 'int32':
      return int32Type
    case 'int64':
      return int64Type
    case 'boolean':
      return booleanType
    case 'string':
      return stringType
  }
}

/** A struct with a number for each class, in their order. */
export function classesType(classes: readonly string[]): StructType {
  return structType(classes.map(name => field(name, float64Type, false)))
}

/**
 * Collects one output of a network, chunk after chunk, as a column. Rows come in any order of chunks but each once; a row
 * that never comes is null.
 */
export class OutputColumn {
  readonly #type: DataType
  readonly #rows: number
  readonly #numbers: Float64Array | undefined
  readonly #cells: number
  readonly #values: unknown[] | undefined

  constructor(type: DataType, rows: number) {
    this.#type = type
    this.#rows = rows
    this.#cells = type.kind === 'vector' ? type.size : type.kind === 'struct' ? type.fields.length : 1
    if (type.kind === 'vector' || type.kind === 'struct' || type.kind === 'float64') this.#numbers = new Float64Array(rows * this.#cells)
    else this.#values = new Array<unknown>(rows).fill(null)
  }

  /** Whether a row of so many values in so many dimensions fits the column's type. */
  takes(dims: readonly number[]): boolean {
    const cells = dims.reduce((product, d) => product * d, 1)
    if (this.#numbers !== undefined) return cells === this.#cells
    let depth = 0
    for (let t = this.#type; t.kind === 'array'; t = t.element) depth++
    // A single value may come in a dimension of its own.
    return depth === dims.length || (depth === 0 && cells === 1)
  }

  /** Takes the values of the rows `picked[from .. to)`, which are one after the other in `values`. */
  put(values: TensorValues, dims: readonly number[], picked: Int32Array, from: number, to: number): void {
    const numbers = this.#numbers
    const cells = dims.reduce((product, d) => product * d, 1)
    if (numbers === undefined) {
      const target = this.#values as unknown[]
      for (let k = from; k < to; k++) target[picked[k]] = nested(values, dims, (k - from) * cells, this.#type)
      return
    }
    const isRun = picked[to - 1] - picked[from] === to - 1 - from
    if (isRun && isFloats(values)) {
      numbers.set(values.subarray(0, (to - from) * cells), picked[from] * cells)
      return
    }
    for (let k = from, at = 0; k < to; k++) for (let c = 0; c < cells; c++, at++) numbers[picked[k] * cells + c] = Number(values[at])
  }

  /** @param missing rows that have no value; null when all have one */
  finish(missing: Bitmap | null): Vector {
    const type = this.#type
    const rows = this.#rows
    const numbers = this.#numbers
    if (numbers !== undefined) {
      if (type.kind === 'float64') return float64Vector(type, numbers, missing, rows)
      if (type.kind === 'vector') return new Vector(type, rows, missing, numbers)
      const children = (type as StructType).fields.map((_, c) => {
        const column = new Float64Array(rows)
        for (let row = 0; row < rows; row++) column[row] = numbers[row * this.#cells + c]
        return float64Vector(float64Type, column)
      })
      return new Vector(type, rows, missing, null, null, children)
    }
    const builder = new VectorBuilder(type, rows)
    for (const value of this.#values as unknown[]) builder.append(value)
    return builder.finish()
  }
}

function isFloats(values: TensorValues): values is Float32Array | Float64Array {
  return values instanceof Float32Array || values instanceof Float64Array
}

function nested(values: TensorValues, dims: readonly number[], at: number, type: DataType): unknown {
  if (type.kind === 'boolean') return Boolean(values[at])
  if (type.kind !== 'array') return values[at]
  const size = dims.slice(1).reduce((product, d) => product * d, 1)
  return Array.from({ length: dims[0] }, (_, k) => nested(values, dims.slice(1), at + k * size, type.element))
}

/** A bitmap of the rows that have a value; null when all have. */
export function presence(rows: number, picked: Int32Array, count: number): Bitmap | null {
  if (count === rows) return null
  const bits = newBitmap(rows, false)
  for (let k = 0; k < count; k++) setBit(bits, picked[k])
  return bits
}
