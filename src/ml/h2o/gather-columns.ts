import { isNullAt, type Vector } from '../../columnar/vector.ts'
import { CategoryIndex } from '../category-index.ts'
import { CategoryColumn, gatherNumbers } from '../gather.ts'
import { rowsWithoutCode } from '../unknown-categories.ts'
import type { ModelInput } from '../model.ts'
import type { EncodedColumn } from './encodings.ts'

/** Fills the features of a block from one column of the data. */
export interface ColumnGatherer {
  readonly input: ModelInput
  /** Starts on a vector; the answer copies rows from .. to into a matrix of `stride` columns. */
  open(vector: Vector): (from: number, to: number, matrix: Float64Array, stride: number) => void
  /** Rows with a category that is none of the model's. */
  unknown(vector: Vector): Int32Array
}

const isWhole = /^[+-]?\d+$/

/**
 * A category is found by its name, or by its name behind the column's (`city.Oslo` by `Oslo`). A number is the category
 * itself where all categories are whole numbers, and a code otherwise; what is no category is missing. Where a category
 * becomes several features, those of a missing value are all missing, and those of an unknown category are what training
 * had for missing ones: so it is in H2O's scorer.
 */
export function columnGatherer(column: EncodedColumn): ColumnGatherer {
  const { name, categories, feature } = column
  if (categories === undefined) {
    return {
      input: { name, kind: 'number' },
      open: vector => (from, to, matrix, stride) => gatherNumbers(name, vector, from, to, { matrix, offset: feature, stride }),
      unknown: () => new Int32Array(0),
    }
  }
  const aliases = aliasesOf(name, categories)
  const index = new CategoryIndex([...categories, ...aliases.map(a => a.name)])
  const numbers = categories.every(c => isWhole.test(c)) ? categories : undefined
  const codeOf = (x: number): number => {
    if (x >= categories.length && x < categories.length + aliases.length) return aliases[x - categories.length].code
    return Number.isInteger(x) && x >= 0 && x < categories.length ? x : NaN
  }
  return {
    input: { name, kind: 'category', categories },
    unknown(vector) {
      const codes = new Float64Array(vector.length)
      new CategoryColumn(name, vector, index, numbers).gather(0, vector.length, { matrix: codes, offset: 0, stride: 1 })
      return rowsWithoutCode(codes.map(codeOf), vector, Infinity)
    },
    open(vector) {
      const codes = new CategoryColumn(name, vector, index, numbers)
      return (from, to, matrix, stride) => {
        codes.gather(from, to, { matrix, offset: feature, stride })
        const { encode, width } = column
        for (let i = from, at = feature; i < to; i++, at += stride) {
          const code = codeOf(matrix[at])
          if (encode === undefined) matrix[at] = code
          else if (isNullAt(vector, i)) matrix.fill(NaN, at, at + width)
          else encode(code, matrix, at)
        }
      }
    },
  }
}

function aliasesOf(column: string, categories: readonly string[]): { name: string; code: number }[] {
  const known = new Set(categories)
  const prefix = `${column}.`
  return categories.flatMap((category, code) => {
    const name = category.slice(prefix.length)
    return category.startsWith(prefix) && !known.has(name) ? [{ name, code }] : []
  })
}
