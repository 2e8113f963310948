import type { OneHotLayout } from './one-hot.ts'

/** The rows of a block as XGBoost sees them, one place at a time. */
export class OneHotRows {
  readonly #layout: OneHotLayout
  readonly #features: number
  /** What a place is that is not the row's category, and a number that is 0. */
  readonly #isSparse: boolean
  /** Which category each place is of. */
  readonly #categoryOf: Int32Array
  #hot = new Int32Array(0)
  #matrix: Float64Array = new Float64Array(0)

  constructor(layout: OneHotLayout, isSparse: boolean) {
    this.#layout = layout
    this.#features = layout.categories + layout.numbers
    this.#isSparse = isSparse
    this.#categoryOf = new Int32Array(layout.offsets[layout.categories])
    for (let c = 0; c < layout.categories; c++) this.#categoryOf.fill(c, layout.offsets[c], layout.offsets[c + 1])
  }

  open(matrix: Float64Array, rows: number): void {
    const { categories } = this.#layout
    this.#matrix = matrix
    if (this.#hot.length < rows * categories) this.#hot = new Int32Array(rows * categories)
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < categories; c++) this.#hot[r * categories + c] = this.#layout.hotPlace(matrix[r * this.#features + c], c)
    }
  }

  /** Copies what rows from .. to have at a place to out[at], out[at + stride], …; numbers are rounded to 32-bit floats. */
  copy(place: number, from: number, to: number, out: Float64Array | Float32Array, at: number, stride: number): void {
    const { categories } = this.#layout
    if (place < this.#categoryOf.length) {
      const cold = this.#isSparse ? NaN : 0
      const category = this.#categoryOf[place]
      for (let r = from; r < to; r++, at += stride) out[at] = this.#hot[r * categories + category] === place ? 1 : cold
      return
    }
    const column = categories + place - this.#categoryOf.length
    for (let r = from; r < to; r++, at += stride) {
      const x = Math.fround(this.#matrix[r * this.#features + column])
      out[at] = this.#isSparse && x === 0 ? NaN : x
    }
  }
}
