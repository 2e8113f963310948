import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, describeType, isNumeric } from '../../columnar/data-type.ts'
import type { Vector } from '../../columnar/vector.ts'
import { wrongInputType } from '../errors.ts'

/** The shape of one row of a tensor, without the batch dimension; null where any length goes. */
export type RowShape = readonly (number | null)[]

/**
 * One column read as the rows of a tensor: nested arrays of the tensor's shape, a vector or an array of all its values
 * (the last dimension fastest), or one value for a tensor of one. Values are not copied: a row is a range of `leaves`.
 */
export class TensorColumn {
  readonly name: string
  readonly leaves: Vector
  /** Values in each of the leaves: the size of a vector, else 1. */
  readonly width: number
  readonly #shape: RowShape
  readonly #column: Vector
  /** The array levels from the column down, as vectors. */
  readonly #levels: readonly Vector[]
  /** The nesting is that of the shape; otherwise all values lie in one list. */
  readonly #isNested: boolean
  /** Some length of the shape is not fixed. */
  readonly #isOpen: boolean
  /** Product of the lengths that are fixed. */
  readonly #known: number
  /** Of the row that was last looked at: its range in `leaves`, its values and its shape. */
  start = 0
  end = 0
  /** Where the leaves of the first row begin, if the column is regular. */
  first = 0
  dims: readonly number[]

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for a column whose nesting or values cannot be those of the tensor */
  constructor(name: string, shape: RowShape, column: Vector, takes: (type: DataType) => boolean) {
    const levels: Vector[] = []
    let leaves = column
    while (leaves.type.kind === 'array') {
      levels.push(leaves)
      leaves = leaves.children[0]
    }
    const { type } = leaves
    this.width = type.kind === 'vector' ? type.size : 1
    const depth = levels.length + (type.kind === 'vector' ? 1 : 0)
    const isNested = depth === shape.length
    const isFlat = depth <= 1 && shape.filter(d => d === null).length <= (depth === 1 ? 1 : 0)
    // The size of a vector is known from its type, so that a wrong one shows before the first row.
    const isWrongSize = type.kind === 'vector' && levels.length === 0 && !shape.includes(null) && type.size !== shape.reduce((product: number, d) => product * (d ?? 1), 1)
    if (isWrongSize || !takes(type.kind === 'vector' ? { kind: 'float64' } : type) || !(isNested || isFlat)) {
      throw wrongInputType(name, `tensor of shape ${shapeText(shape)}`, describeType(column.type))
    }
    this.name = name
    this.leaves = leaves
    this.dims = shape.every(d => d !== null) ? shape : []
    this.#shape = shape
    this.#column = column
    this.#levels = levels
    this.#isNested = isNested
    this.#isOpen = shape.includes(null)
    this.#known = shape.reduce((product: number, d) => product * (d ?? 1), 1)
  }

  /**
   * How many of the leaves each row has, when that is the same for all, they lie row after row, and every
   * row fits: then none has to be looked at. Undefined when that is not so, or not told quickly.
   */
  regular(rows: number): number | undefined {
    const { type, validity } = this.#column
    if (validity !== null || type.kind === 'null' || this.#isOpen || this.#levels.length > 1) return undefined
    if (this.#levels.length === 0) return this.width === this.#known ? 1 : undefined
    if (this.#isNested && this.leaves.type.kind === 'vector' && this.width !== this.#shape[this.#shape.length - 1]) return undefined
    const offsets = this.#levels[0].offsets as Int32Array
    const each = this.#known / this.width
    const first = offsets[0]
    for (let row = 0; row <= rows; row++) if (offsets[row] !== first + row * each) return undefined
    this.first = first
    return each
  }

  /** Looks at a row and sets its range and shape: "fits", "missing", or a sentence that says what is wrong with it. */
  look(row: number): string {
    const { validity } = this.#column
    if (this.#column.type.kind === 'null' || (validity !== null && !getBit(validity, row))) return 'missing'
    const shape = this.#shape
    const isNested = this.#isNested
    const isOpen = this.#isOpen
    let start = row
    let end = row + 1
    const found: number[] = isOpen ? [] : nothing
    for (let k = 0; k < this.#levels.length; k++) {
      const offsets = this.#levels[k].offsets as Int32Array
      if (isNested) {
        const length = end > start ? offsets[start + 1] - offsets[start] : 0
        for (let i = start; i < end; i++) if (offsets[i + 1] - offsets[i] !== length) return this.#misfit(`has lists of ${length} and of ${offsets[i + 1] - offsets[i]} values side by side`)
        if (shape[k] !== null && length !== shape[k]) return this.#misfit(`has a list of ${length} values`)
        if (isOpen) found.push(length)
      }
      start = offsets[start]
      end = offsets[end]
    }
    this.start = start
    this.end = end
    const count = (end - start) * this.width
    if (isNested) {
      if (this.leaves.type.kind === 'vector') {
        const last = shape[shape.length - 1]
        if (last !== null && last !== this.width) return this.#misfit(`has vectors of ${this.width} values`)
        if (isOpen) found.push(this.width)
      }
      if (isOpen) this.dims = found
      return 'fits'
    }
    const known = this.#known
    if (!isOpen) return count === known ? 'fits' : this.#misfit(`has ${count} values`)
    const open = count / known
    if (!Number.isInteger(open)) return this.#misfit(`has ${count} values`)
    this.dims = shape.map(d => d ?? open)
    return 'fits'
  }

  #misfit(what: string): string {
    return `Input "${this.name}" is a tensor of shape ${shapeText(this.#shape)}, but the row ${what}.`
  }
}

/** Never written to. */
const nothing: number[] = []

export function shapeText(shape: RowShape): string {
  return `[${shape.map(d => d ?? '?').join(', ')}]`
}

/** Types whose values are numbers, or become them. */
export function isNumberLike(type: DataType): boolean {
  return isNumeric(type) || type.kind === 'boolean' || type.kind === 'null'
}
