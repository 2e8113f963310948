import type { DataType } from '../../columnar/data-type.ts'
import type { Vector } from '../../columnar/vector.ts'
import type { TensorElement } from '../model.ts'
import { isNumberLike, type RowShape, TensorColumn } from './column.ts'
import { elementKinds, type ElementKind, type TensorData } from './element.ts'
import { copyInt64, copyNumbers, copyTexts, firstOutside, hasMissing } from './leaves.ts'

/** A tensor that a network takes, one row after the other. */
export interface FeedSpec {
  readonly name: string
  readonly shape: RowShape
  readonly kind: ElementKind
  /** What a missing value does: floats can be NaN (where they cannot, the row is refused), or the row has no answer. */
  readonly missing: 'nan' | 'row'
  /** Values are codes from 0, of which there are so many: a row with another one has no answer. */
  readonly codes?: number
}

/** One column bound to the tensor that it fills. */
export class Feed {
  readonly spec: FeedSpec
  readonly #column: TensorColumn
  readonly #limits: readonly [number, number] | undefined
  /** Leaves of each row where all have as many; see TensorColumn.regular(). */
  #each: number | undefined

  /** @throws AnalysisError ML_SCHEMA_MISMATCH */
  constructor(spec: FeedSpec, vector: Vector) {
    const { element, limits } = elementKinds[spec.kind]
    this.spec = spec
    this.#column = new TensorColumn(spec.name, spec.shape, vector, type => takes(element, type))
    this.#limits = limits
  }

  /** The shape of the row that look() saw last. */
  get dims(): readonly number[] {
    return this.#column.dims
  }

  /** Whether all rows can be given, found out for the whole column at once; false may also mean that they must be looked at. */
  fitsAll(rows: number): boolean {
    this.#each = this.#column.regular(rows)
    if (this.#each === undefined) return false
    const { leaves, first } = this.#column
    const end = first + rows * this.#each
    const { missing, codes, kind } = this.spec
    if (missing === 'row' || this.#limits !== undefined) {
      if (hasMissing(leaves, first, end)) return false
    } else if (kind === 'string') return true
    if (missing === 'row' && codes !== undefined && firstOutside(leaves, first, end, 0, codes - 1) !== undefined) return false
    return this.#limits === undefined || firstOutside(leaves, first, end, this.#limits[0], this.#limits[1]) === undefined
  }

  /** "fits" when the row can be given, "missing", or the sentence that refuses it. */
  look(row: number): string {
    const column = this.#column
    const isFloat = this.#limits === undefined && this.spec.kind !== 'string'
    const fit = column.look(row)
    if (fit === 'missing') {
      if (this.spec.missing === 'row') return fit
      if ((isFloat || this.spec.kind === 'string') && !this.spec.shape.includes(null)) return 'fits'
      return `Input "${this.spec.name}" takes ${this.spec.kind} values, and the row has none.`
    }
    if (fit !== 'fits') return fit
    const { leaves, start, end } = column
    if (this.spec.missing === 'row') {
      if (hasMissing(leaves, start, end)) return 'missing'
      if (this.spec.codes !== undefined && firstOutside(leaves, start, end, 0, this.spec.codes - 1) !== undefined) return 'missing'
    } else if (this.#limits !== undefined && hasMissing(leaves, start, end)) {
      return `Input "${this.spec.name}" takes ${this.spec.kind} values, and one of the row is missing.`
    }
    if (this.#limits === undefined) return 'fits'
    const wrong = firstOutside(leaves, start, end, this.#limits[0], this.#limits[1])
    return wrong === undefined ? 'fits' : `Input "${this.spec.name}" takes ${this.spec.kind} values, and ${wrong} is none.`
  }

  /** Writes the rows in `picked[from .. to)` one after the other; `cells` is how many values each has. */
  fill(picked: Int32Array, from: number, to: number, cells: number, target: TensorData): void {
    const column = this.#column
    const { width } = column
    if (this.#each !== undefined && picked[to - 1] - picked[from] === to - 1 - from) {
      const { first } = column
      this.#copy(first + picked[from] * this.#each, first + (picked[to - 1] + 1) * this.#each, width, target, 0)
      return
    }
    // Rows that lie one after the other in memory are copied at once.
    let runStart = 0
    let runEnd = -1
    let runAt = 0
    for (let k = from; k < to; k++) {
      const isThere = column.look(picked[k]) === 'fits'
      if (isThere && column.start === runEnd) {
        runEnd = column.end
        continue
      }
      if (runEnd > runStart) this.#copy(runStart, runEnd, width, target, runAt)
      runStart = column.start
      runEnd = isThere ? column.end : -1
      runAt = (k - from) * cells
      if (!isThere) fillMissing(target, runAt, runAt + cells)
    }
    if (runEnd > runStart) this.#copy(runStart, runEnd, width, target, runAt)
  }

  #copy(start: number, end: number, width: number, target: TensorData, at: number): void {
    const { leaves } = this.#column
    if (Array.isArray(target)) copyTexts(leaves, start, end, target, at)
    else if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
      copyInt64(leaves, start, end, target, at, new Float64Array((end - start) * width))
    } else copyNumbers(leaves, start, end, target, at)
  }
}

function fillMissing(target: TensorData, from: number, to: number): void {
  if (Array.isArray(target)) target.fill('', from, to)
  else if (target instanceof Float32Array || target instanceof Float64Array) target.fill(NaN, from, to)
}

function takes(element: TensorElement, type: DataType): boolean {
  if (element === 'string') return type.kind === 'string' || isNumberLike(type)
  return isNumberLike(type)
}
