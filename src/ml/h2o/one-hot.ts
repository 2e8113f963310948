import type { Mojo } from './mojo.ts'
import { fail } from './errors.ts'
import { checkOffsets } from './mojo.ts'

const maxWidth = 10_000_000

/**
 * How deep learning and XGBoost spread a row: categories come first, each over places of its own with one more for missing
 * ones, then the numbers.
 */
export class OneHotLayout {
  readonly categories: number
  readonly numbers: number
  /** Where the places of each category begin; the last entry is where the numbers do. */
  readonly offsets: Int32Array
  /** Places of a whole row. */
  readonly width: number
  readonly #skipFirst: boolean

  constructor({ info, features }: Mojo) {
    this.categories = info.count('cats', features)
    this.numbers = info.count('nums', features)
    if (this.categories + this.numbers !== features) throw fail(`model.ini has ${this.categories} categorical and ${this.numbers} numeric features of ${features}`)
    this.offsets = this.categories === 0 && info.find('cat_offsets') === undefined ? new Int32Array(1) : info.int32s('cat_offsets')
    checkOffsets(this.offsets, this.categories, 'cat_offsets')
    this.width = this.offsets[this.categories] + this.numbers
    if (this.width > maxWidth) throw fail(`a row of it has ${this.width} places, the limit is ${maxWidth}`)
    this.#skipFirst = !info.boolean('use_all_factor_levels')
  }

  /** The place of a category that is 1; −1 when none is. Categories that training had not seen are like missing ones. */
  hotPlace(code: number, category: number): number {
    const missing = this.offsets[category + 1] - 1
    if (code !== code) return missing
    if (this.#skipFirst && code === 0) return -1
    return Math.min(this.offsets[category] + code - Number(this.#skipFirst), missing)
  }
}
