import { makeError, type MillraceError } from '../../common/errors.ts'
import { type ArrayType, type DataType } from '../../columnar/data-type.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { concat } from '../../columnar/concat.ts'
import { take } from '../../columnar/take.ts'
import { isNullAt, Vector } from '../../columnar/vector.ts'
import { isPresent } from './define.ts'

/**
 * The way most array functions work: they do not copy values but list, row by row, which elements of their input the
 * result has; the values are then gathered at once, whatever their type.
 */
export class ElementList {
  #indices: Int32Array
  /** Elements listed so far. */
  length = 0
  readonly #offsets: Int32Array
  #row = 0

  constructor(rows: number, expected: number) {
    this.#offsets = new Int32Array(rows + 1)
    this.#indices = new Int32Array(Math.max(16, expected))
  }

  /** Adds an element by its number; −1 is a null. */
  add(element: number): void {
    if (this.length === this.#indices.length) this.#grow(this.length + 1)
    this.#indices[this.length++] = element
  }

  /** Adds elements start .. end−1 in order. */
  addRange(start: number, end: number): void {
    this.#grow(this.length + end - start)
    for (let k = start; k < end; k++) this.#indices[this.length++] = k
  }

  /** Adds one element `count` times. */
  addRepeated(element: number, count: number): void {
    this.#grow(this.length + count)
    this.#indices.fill(element, this.length, this.length + count)
    this.length += count
  }

  /** Sorts the elements of the row so far; the order of equal ones stays. */
  sortRow(compare: (a: number, b: number) => number): void {
    this.#indices.subarray(this.#offsets[this.#row], this.length).sort(compare)
  }

  /** Elements of the row so far, to look at or reorder. */
  row(): Int32Array {
    return this.#indices.subarray(this.#offsets[this.#row], this.length)
  }

  endRow(): void {
    this.#offsets[++this.#row] = this.length
  }

  /** The arrays, their elements taken out of `elements`. */
  finish(type: DataType, elements: Vector, validity: Uint8Array | null): Vector {
    return new Vector(type, this.#row, validity, null, this.#offsets, [take(elements, this.#indices, this.length)])
  }

  #grow(needed: number): void {
    if (needed <= this.#indices.length) return
    if (needed > maxElements) throw tooManyElements(needed)
    const grown = new Int32Array(Math.min(maxElements, Math.max(needed, this.#indices.length * 2)))
    grown.set(this.#indices.subarray(0, this.length))
    this.#indices = grown
  }
}

/** Elements of all arrays of one batch. Far above what is sensible, far below what would end the process. */
export const maxElements = 2 ** 27

export function tooManyElements(count: number): MillraceError {
  return makeError('EXPR_VALUE_TOO_LARGE', `An array function would make ${count} elements in one batch, more than ${maxElements}. Check its count, position or bounds.`, {
    context: { count, limit: maxElements },
  })
}

/** Where the arrays of a vector lie: elements starts[i] .. ends[i]−1 of `elements`. */
export interface ArrayView {
  readonly elements: Vector
  readonly offsets: Int32Array
}

export function arrayView(v: Vector): ArrayView {
  return { elements: v.children[0], offsets: v.offsets as Int32Array }
}

/** Several element vectors of one type as one; element k of vector j is bases[j] + k. */
export function joinElements(type: DataType, vectors: readonly Vector[]): { readonly elements: Vector; readonly bases: readonly number[] } {
  const bases: number[] = []
  let total = 0
  for (const v of vectors) {
    bases.push(total)
    total += v.length
  }
  return { elements: concat(type, vectors), bases }
}

/** An element vector's rows that are null, as a test that costs nothing where there are none. */
export function nullTest(v: Vector): (k: number) => boolean {
  const { validity } = v
  if (v.type.kind === 'null') return () => true
  return validity === null ? () => false : k => !getBit(validity, k)
}

/** Calls `f` with the bounds of each present array and closes its row; absent arrays are empty rows. */
export function eachArray(
  view: ArrayView, length: number, validity: Uint8Array | null, list: ElementList, f: (start: number, end: number, i: number) => void,
): void {
  for (let i = 0; i < length; i++) {
    if (isPresent(validity, i)) f(view.offsets[i], view.offsets[i + 1], i)
    list.endRow()
  }
}

/** The array type of a resolved argument, undefined for others. */
export function asArray(type: DataType): ArrayType | undefined {
  return type.kind === 'array' ? type : undefined
}

export function anyNull(v: Vector, start: number, end: number): boolean {
  if (v.validity === null && v.type.kind !== 'null') return false
  for (let k = start; k < end; k++) if (isNullAt(v, k)) return true
  return false
}
