import type { MissingGoes, TreeColumn } from './ensemble.ts'

/**
 * Which columns the walk reads. Which way a missing value goes is not asked at every node; it is decided once per block
 * of rows, in a column: a feature whose missing values go left here and right there has two. A feature that no tree asks
 * for has none.
 */
export class ColumnCollector {
  readonly #columns: TreeColumn[] = []
  readonly #of: { readonly [M in MissingGoes]: Map<number, number> } = { left: new Map(), right: new Map(), only: new Map() }
  readonly #source = new Map<number, number>()

  /** The column of a feature with missing values going this way. */
  of(feature: number, missing: MissingGoes): number {
    const known = this.#of[missing].get(feature)
    if (known !== undefined) return known
    const column = this.#columns.length
    const source = this.#source.get(feature) ?? column
    this.#source.set(feature, source)
    this.#columns.push({ feature, missing, source })
    this.#of[missing].set(feature, column)
    return column
  }

  finish(): TreeColumn[] {
    return this.#columns
  }
}

/**
 * Makes the other columns from those that hold the features' values, in which NaN is missing. The matrix is row-major
 * with one column per entry of `columns`. From the last to the first, so that a source is altered after all that are made
 * from it.
 */
export function fillColumns(columns: readonly TreeColumn[], matrix: Float64Array, rows: number): void {
  const width = columns.length
  const end = rows * width
  for (let column = width - 1; column >= 0; column--) {
    const { missing, source } = columns[column]
    if (missing === 'left') {
      if (source !== column) for (let at = 0; at < end; at += width) matrix[at + column] = matrix[at + source]
      continue
    }
    const isOnly = missing === 'only'
    for (let at = 0; at < end; at += width) {
      const x = matrix[at + source]
      matrix[at + column] = x !== x ? (isOnly ? 1 : Infinity) : isOnly ? 0 : x
    }
  }
}
